import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import { BOOT_IMAGES, debianImages, pushDebianImages, startRegistry } from '@nx-linuxkit/testing';

/** The registry's proxy runs in this process, so it could not answer during a synchronous call. */
const run = promisify(execFile);
const BENCH_BYTES = 330e6;

test('the images are made once, are found again, and have the size that the bench needs', async () => {
  const first = await debianImages();
  const made = statSync(first.layout).ctimeMs;
  const second = await debianImages();
  expect(second).toEqual(first);
  expect(statSync(first.layout).ctimeMs).toBe(made);
  expect(second.images).toHaveLength(13);
  const unpacked = second.images.reduce((sum, image) => sum + image.unpacked, 0);
  expect(Math.abs(unpacked - BENCH_BYTES) / BENCH_BYTES).toBeLessThan(0.1);
});

test('a registry takes them, and skopeo reads them from there', async () => {
  const images = await debianImages();
  const registry = await startRegistry();
  try {
    const references = await pushDebianImages(images, registry.host, BOOT_IMAGES);
    for (const [name, reference] of references) {
      const inspect = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${reference}`];
      const { stdout } = await run('skopeo', inspect);
      expect(stdout.trim()).toBe(images.images.find((image) => image.name === name)?.digest);
    }
  } finally {
    await registry.stop();
  }
});

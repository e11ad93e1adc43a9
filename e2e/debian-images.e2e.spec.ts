import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BOOT_IMAGES, debianImages, pushDebianImages, startRegistry } from '@nx-linuxkit/testing';

/** Not execFileSync: the registry's proxy is in this process, and would never answer. */
const run = promisify(execFile);
const BENCH_BYTES = 330e6;

test('the images are made once, are found again, and have the size that the bench is about', async () => {
  const first = await debianImages();
  const started = performance.now();
  const second = await debianImages();
  expect(performance.now() - started).toBeLessThan(1000);
  expect(second).toEqual(first);
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

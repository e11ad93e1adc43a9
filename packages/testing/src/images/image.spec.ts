import { gunzipSync } from 'node:zlib';
import { digestOf } from '@nx-linuxkit/oci';
import { randomImage } from './image.js';

it('the same seed makes the same image, and another seed makes another one', async () => {
  const [one, again, other] = await Promise.all([randomImage(1), randomImage(1), randomImage(2)]);
  expect(one.manifest.bytes.equals(again.manifest.bytes)).toBe(true);
  expect(one.manifest.descriptor.digest).not.toBe(other.manifest.descriptor.digest);
});

it('descriptors and diff IDs have the digests of the bytes', async () => {
  const { layers, config } = await randomImage(3);
  for (const { descriptor, bytes, plain, diffID } of layers) {
    expect(descriptor).toMatchObject({ digest: digestOf(bytes), size: bytes.length });
    expect(gunzipSync(bytes).equals(plain)).toBe(true);
    expect(digestOf(plain)).toBe(diffID);
  }
  expect(JSON.parse(config.bytes.toString()).rootfs.diff_ids).toEqual(layers.map(({ diffID }) => diffID));
});

it('hostile names are written as they are', async () => {
  const entries = [
    { name: '../escape' },
    { name: '/absolute' },
    { name: 'a/../../b' },
    { name: 'x'.repeat(300) },
  ];
  const { layers } = await randomImage(4, { layers: [{ entries, compression: 'none' }] });
  for (const { name } of entries) expect(layers[0].plain.includes(name)).toBe(true);
});

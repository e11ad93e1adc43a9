import { attestedIndex, randomImage } from '@nx-linuxkit/testing';
import { attestedDocuments } from './attested-documents.js';
import type { DescribedImage } from './described-image.js';

/** An image with one attestation, which announces this many bytes and counts how often it is fetched. */
async function describedImage(seed: number, size: number, fetched: number[]): Promise<DescribedImage> {
  const { index, images, further } = await attestedIndex(await randomImage(seed), [
    { predicate: { spdxVersion: 'SPDX-2.3' } },
  ]);
  const [attestations] = further!.manifests;
  const manifest = JSON.parse(attestations.bytes.toString('utf8'));
  const [statement] = further!.blobs.filter(
    ({ descriptor }) => descriptor.digest === manifest.layers[0].digest,
  );
  manifest.layers[0].size = size;
  const documents = new Map([
    [index.descriptor.digest, index.bytes],
    [attestations.descriptor.digest, Buffer.from(JSON.stringify(manifest))],
  ]);
  const { digest } = images[0].manifest.descriptor;
  const from = `registry.example/image-${seed}`;
  return {
    node: { image: { id: String(seed), platform: 'linux/amd64', source: { kind: 'pulled', digest, from } } },
    image: { digest },
    index: index.descriptor.digest,
    attestations: {
      manifest: async (wanted: string) => documents.get(wanted as typeof digest),
      blob: async function* () {
        fetched.push(seed);
        yield statement.bytes;
      },
    },
  } as unknown as DescribedImage;
}

const described = (count: number, size: number, fetched: number[]) =>
  Promise.all(Array.from({ length: count }, (_, i) => describedImage(i + 1, size, fetched)));

it('attestations of a system that are too large together are refused before they are fetched', async () => {
  const fetched: number[] = [];
  await expect(attestedDocuments(await described(4, 33 << 20, fetched))).rejects.toMatchObject({
    code: 'bad-image',
    message: 'the attestations of all images have more than 134217728 bytes',
    hint: expect.stringContaining('--no-sbom'),
  });
  expect(fetched).toHaveLength(3);
});

it('attestations of many images are read', async () => {
  const fetched: number[] = [];
  const read = await attestedDocuments(await described(40, 3 << 20, fetched));
  expect([...read.values()].map(({ documents, problems }) => [documents.length, problems])).toEqual(
    Array.from({ length: 40 }, () => [1, []]),
  );
});

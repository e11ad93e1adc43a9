import {
  attestedIndex,
  jsonBlob,
  randomImage,
  type AttestationSpec,
  type TestIndex,
} from '@nx-linuxkit/testing';
import { readAttestations, type AttestationSource } from './attestations.js';
import type { Digest } from './digest.js';
import { OciError } from './error.js';

const SPDX = 'https://spdx.dev/Document';
const PREDICATE = { spdxVersion: 'SPDX-2.3' };

/** Serves an index from memory, and notes which digests were asked for. */
function sourceOf({ index, images, further }: TestIndex) {
  const { manifests = [], blobs = [] } = further ?? {};
  const all = [index, ...manifests, ...blobs, ...images.map(({ manifest }) => manifest)];
  const asked: Digest[] = [];
  const find = (digest: Digest) => {
    asked.push(digest);
    const blob = all.find(({ descriptor }) => descriptor.digest === digest);
    if (!blob) throw new OciError('not-found', `no ${digest}`);
    return blob.bytes;
  };
  const source: AttestationSource = {
    manifest: async (digest) => find(digest),
    blob: async function* ({ digest }) {
      yield find(digest);
    },
  };
  return { source, asked };
}

async function read(index: TestIndex, source = sourceOf(index).source) {
  const manifest = index.images[0].manifest.descriptor.digest;
  const image = { index: index.index.descriptor.digest, manifest, predicateType: SPDX, name: 'nginx' };
  return readAttestations(source, image);
}

const indexWith = async (...specs: AttestationSpec[]) => attestedIndex(await randomImage(1), specs);
const predicates = async (index: TestIndex) =>
  (await read(index)).attestations.map(({ predicate }) => predicate);

it('reads the statements of the type, and fetches no other', async () => {
  const index = await indexWith(
    { predicate: PREDICATE },
    { predicateType: 'https://slsa.dev/provenance/v1', predicate: {} },
  );
  const { source, asked } = sourceOf(index);
  const { attestations, problems } = await read(index, source);
  const statements = index.further!.blobs.slice(1);
  expect(problems).toEqual([]);
  const { digest, size } = statements[0].descriptor;
  expect(attestations).toEqual([{ digest, size, predicate: PREDICATE }]);
  expect(asked).not.toContain(statements[1].descriptor.digest);
});

it('a layer need not say the type of its statement', async () => {
  const index = await indexWith(
    { predicate: PREDICATE, annotated: false },
    { predicateType: 'https://slsa.dev/provenance/v1', predicate: {}, annotated: false },
  );
  expect(await predicates(index)).toEqual([PREDICATE]);
});

it('an image without attestations, a manifest without an index and one that another index lists have none', async () => {
  const index = await indexWith({ predicate: PREDICATE });
  const other = { ...index, images: [await randomImage(2)] };
  expect(await predicates(other)).toEqual([]);
  const manifest = index.images[0].manifest;
  expect(await predicates({ ...index, index: manifest })).toEqual([]);
});

it('attestations of another image in the same index are left alone', async () => {
  const index = await indexWith({ predicate: PREDICATE });
  const { manifests, ...rest } = JSON.parse(index.index.bytes.toString('utf8'));
  const other = await randomImage(3);
  const both = jsonBlob(index.index.descriptor.mediaType, {
    ...rest,
    manifests: [...manifests, other.manifest.descriptor],
  });
  expect(await predicates({ ...index, index: both, images: [other] })).toEqual([]);
});

it.each<[string, AttestationSpec, RegExp]>([
  [
    'no JSON',
    { predicate: 0, bytes: Buffer.from('<html>') },
    /^attestation sha256:[0-9a-f]{64} of nginx is not JSON/,
  ],
  ['no object', { predicate: 0, bytes: Buffer.from('[]') }, /expected an object/],
  [
    'no statement',
    { predicate: 0, bytes: Buffer.from('{"_type":"x"}') },
    /expected an in-toto statement, got "x"/,
  ],
  [
    'a statement of another type than its layer says',
    {
      predicate: 0,
      bytes: Buffer.from('{"_type":"https://in-toto.io/Statement/v1","predicateType":"other"}'),
    },
    /expected https:\/\/spdx.dev\/Document, got "other"/,
  ],
])('%s is a problem, and what is beside it is read', async (_, spec, problem) => {
  const { attestations, problems } = await read(await indexWith(spec, { predicate: PREDICATE }));
  expect(attestations).toHaveLength(1);
  expect(problems).toEqual([expect.stringMatching(problem)]);
});

it('a manifest of attestations that is none is a problem', async () => {
  const index = await indexWith({ predicate: PREDICATE });
  const [{ descriptor }] = index.further!.manifests;
  const bytes = Buffer.from('{"manifests":[]}');
  const broken = { ...index, further: { manifests: [{ descriptor, bytes }], blobs: [] } };
  expect(await read(broken)).toEqual({
    attestations: [],
    problems: [
      expect.stringMatching(/^the manifest sha256:\w+ of attestations of nginx: expected the manifest/),
    ],
  });
});

it('a statement that announces too many bytes is not fetched', async () => {
  const index = await indexWith({ predicate: PREDICATE });
  const [attestations] = index.further!.manifests;
  const manifest = JSON.parse(attestations.bytes.toString('utf8'));
  manifest.layers[0].size = (41 << 20) + 1;
  const [large, { digest }] = [Buffer.from(JSON.stringify(manifest)), manifest.layers[0]];
  const { source, asked } = sourceOf({
    ...index,
    further: { ...index.further!, manifests: [{ ...attestations, bytes: large }] },
  });
  expect((await read(index, source)).problems).toEqual([
    expect.stringContaining('too large: 42991617 bytes'),
  ]);
  expect(asked).not.toContain(digest);
});

it('statements that are too large together are left out after the limit', async () => {
  const index = await indexWith({ predicate: 1 }, { predicate: 2 });
  const [attestations] = index.further!.manifests;
  const manifest = JSON.parse(attestations.bytes.toString('utf8'));
  for (const layer of manifest.layers) layer.size = 40 << 20;
  const manifests = [{ ...attestations, bytes: Buffer.from(JSON.stringify(manifest)) }];
  const { problems, attestations: found } = await read(
    index,
    sourceOf({ ...index, further: { ...index.further!, manifests } }).source,
  );
  expect([found.length, problems.length]).toEqual([1, 1]);
});

it('a source that lacks what the index names is an error', async () => {
  const index = await indexWith({ predicate: PREDICATE });
  for (const lost of ['manifests', 'blobs'] as const) {
    const part = { ...index, further: { ...index.further!, [lost]: [] } };
    await expect(read(index, sourceOf(part).source)).rejects.toMatchObject({ code: 'not-found' });
  }
});

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, type Digest } from '../digest.js';
import { openLayoutRepository } from './layout-repository.js';
import type { PushableImage } from './push.js';

let folder: string;
beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'layout-repository-')), 'my-os')));
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const TYPE = 'application/vnd.oci.image.manifest.v1+json';

function imageOf(text: string): PushableImage & { readonly blob: Digest } {
  const [config, blob] = [Buffer.from('{}'), Buffer.from(text)];
  const descriptor = (bytes: Buffer) => ({
    mediaType: 'text/plain',
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const document = {
    schemaVersion: 2,
    mediaType: TYPE,
    config: descriptor(config),
    layers: [descriptor(blob)],
  };
  const pushable = (bytes: Buffer) => ({ descriptor: descriptor(bytes), bytes: () => chunks(bytes) });
  return {
    blob: digestOf(blob),
    mediaType: TYPE,
    manifest: Buffer.from(JSON.stringify(document)),
    blobs: [config, blob].map(pushable),
  };
}

async function* chunks(bytes: Buffer) {
  yield bytes.subarray(0, 1);
  yield bytes.subarray(1);
}

const pathOf = (digest: string) => join(folder, 'blobs/sha256', digest.slice('sha256:'.length));
const index = () => JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));

it('makes a folder that other tools read', async () => {
  const image = imageOf('first');
  await openLayoutRepository(folder).push('stable', image);
  expect(readFileSync(join(folder, 'oci-layout'), 'utf8')).toBe('{"imageLayoutVersion":"1.0.0"}');
  expect(index().manifests).toEqual([
    {
      mediaType: TYPE,
      digest: digestOf(image.manifest),
      size: image.manifest.length,
      annotations: { 'org.opencontainers.image.ref.name': 'stable' },
    },
  ]);
  expect(readFileSync(pathOf(image.blob), 'utf8')).toBe('first');
  const skopeo = ['inspect', '--raw', `oci:${folder}:stable`];
  if (existsSync('/usr/bin/skopeo')) expect(execFileSync('skopeo', skopeo)).toEqual(image.manifest);
});

it('gives manifests by tag and digest, and blobs', async () => {
  const repository = openLayoutRepository(folder);
  const image = imageOf('first');
  const digest = await repository.push('stable', image);
  for (const name of ['stable', digest]) {
    expect(await repository.manifest(name)).toEqual({ bytes: image.manifest, digest });
  }
  const [, { descriptor }] = image.blobs;
  expect(await repository.blob({ mediaType: '', ...descriptor }, 100)).toEqual(Buffer.from('first'));
  expect(await repository.find('other')).toBeUndefined();
  await expect(repository.manifest('other')).rejects.toMatchObject({ code: 'not-found' });
});

it('a tag moves, and other tags stay', async () => {
  const repository = openLayoutRepository(folder);
  await repository.push('old', imageOf('first'));
  await repository.push('stable', imageOf('first'));
  const second = imageOf('second');
  await repository.push(digestOf(second.manifest), second);
  await repository.push('stable', second);
  expect(index().manifests).toHaveLength(2);
  expect((await repository.manifest('old')).bytes).toEqual(imageOf('first').manifest);
  expect((await repository.manifest('stable')).bytes).toEqual(second.manifest);
});

it('a blob that the medium has damaged is written again, and none that is not what it is called', async () => {
  const repository = openLayoutRepository(folder);
  const image = imageOf('first');
  await repository.push('stable', image);
  rmSync(pathOf(image.blob));
  writeFileSync(pathOf(image.blob), 'f1rst');
  await repository.push('stable', image);
  expect(readFileSync(pathOf(image.blob), 'utf8')).toBe('first');

  const wrong = imageOf('second');
  const lying = {
    ...wrong,
    blobs: wrong.blobs.map((blob) => ({ ...blob, bytes: () => chunks(Buffer.from('sec0nd')) })),
  };
  await expect(repository.push('stable', lying)).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect((await repository.manifest('stable')).bytes).toEqual(image.manifest);
  expect(readdirSync(join(folder, 'blobs/sha256'))).toHaveLength(3);
});

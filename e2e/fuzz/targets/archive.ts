import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf, openImageSource, parseManifest, parseReference, type Digest } from '@nx-linuxkit/oci';
import { dockerArchiveOf, ociArchiveOf, randomImage } from '@nx-linuxkit/testing';
import { mutateBytes } from '../mutate-bytes.js';
import { mutateJson } from '../mutate-json.js';
import { pick, type Random } from '../random.js';
import type { Target } from '../target.js';
import { memberOf, replaceMember } from './tar-member.js';
import { mutateTar } from './tar.js';

const PLATFORM = { os: 'linux', architecture: 'amd64' };
const GZIP = 0x1f;
const FAULTS = {
  OciError: [
    ...[
      'invalid-archive',
      'invalid-manifest',
      'truncated',
      'invalid-json',
      'invalid-digest',
      'invalid-platform',
      'not-found',
    ],
    ...['media-type', 'foreign-layer', 'platform-mismatch', 'unknown-platform', 'invalid-compression'],
    ...['digest-mismatch', 'size-mismatch', 'too-large'],
  ],
};
const image = () => randomImage(1, { layers: [{ files: 1 }, { files: 1 }] });

let folder: string | undefined;
const path = (name: string) => join((folder ??= mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'))), name);

/** A file of `docker save`: manifest.json, a config, layers, and none of them with a digest that vouches for it. */
export const dockerArchive: Target = {
  name: 'docker-archive',
  sample: 800,
  faults: FAULTS,
  async seeds() {
    await dockerArchiveOf(await image(), path('seed.tar'), ['team/app:1']);
    const plain = readFileSync(path('seed.tar'));
    return [plain, gzipSync(plain)];
  },
  mutate(next, input, other) {
    if (next(2) === 0 || input[0] === GZIP) return mutateArchive(next, input, other);
    const documents = ['manifest.json', configOf(input)];
    const name = pick(next, documents);
    return replaceMember(
      input,
      name,
      mutateJson(next, memberOf(input, name), memberOf(input, 'manifest.json')),
    );
  },
  read: (input) => readImage('docker-archive', input),
};

/** An OCI layout as a tar. Half of the documents are damaged under digests that fit, as an attacker would write them. */
export const ociArchive: Target = {
  name: 'oci-archive',
  sample: 800,
  faults: FAULTS,
  async seeds() {
    await ociArchiveOf(await image(), path('seed.tar'));
    const plain = readFileSync(path('seed.tar'));
    return [plain, gzipSync(plain)];
  },
  mutate(next, input, other) {
    if (next(2) === 0 || input[0] === GZIP) return mutateArchive(next, input, other);
    const index = memberOf(input, 'index.json');
    if (next(3) === 0) return replaceMember(input, 'index.json', mutateJson(next, index, index));
    const { digest } = (JSON.parse(index.toString()) as { manifests: [{ digest: Digest }] }).manifests[0];
    const manifest = memberOf(input, blob(digest));
    const damaged = mutateJson(next, manifest, index);
    return withManifest(input, digest, damaged);
  },
  read: (input) => readImage('oci-archive', input),
};

function mutateArchive(next: Random, input: Buffer, other: Buffer): Buffer {
  return input[0] === GZIP ? mutateBytes(next, input, other) : mutateTar(next, input, other);
}

/** The member that manifest.json names as the config. */
function configOf(archive: Buffer): string {
  return (JSON.parse(memberOf(archive, 'manifest.json').toString()) as [{ Config: string }])[0].Config;
}

/** An archive with another manifest, which index.json names by its digest. */
function withManifest(archive: Buffer, before: Digest, manifest: Buffer): Buffer {
  const digest = digestOf(manifest);
  const index = memberOf(archive, 'index.json').toString().replaceAll(before, digest);
  const sized = index.replace(/"size":\d+/, `"size":${manifest.length}`);
  const replaced = replaceMember(archive, blob(before), manifest, blob(digest));
  return replaceMember(replaced, 'index.json', Buffer.from(sized));
}

const blob = (digest: Digest) => `blobs/sha256/${digest.slice('sha256:'.length)}`;

/** Reads an image with all its blobs. What a source gives must have the digests that it names, and leave no file. */
async function readImage(transport: string, input: Buffer): Promise<void> {
  writeFileSync(path('image.tar'), input);
  const options = { base: path(''), temp: path('temp') };
  const source = await openImageSource(parseReference(`${transport}:image.tar`), options);
  try {
    const { digest, manifest, config } = await source.resolve(PLATFORM);
    if (digestOf(manifest) !== digest) throw new Error('the manifest has another digest');
    const { config: named, layers } = parseManifest(manifest);
    if (digestOf(config) !== named.digest) throw new Error('the config has another digest');
    for (const layer of layers) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.blob(layer)) chunks.push(chunk);
      if (digestOf(Buffer.concat(chunks)) !== layer.digest) throw new Error('a layer has another digest');
    }
  } finally {
    await source.close();
  }
  const left = readdirSync(path('')).filter((name) => !['image.tar', 'seed.tar', 'temp'].includes(name));
  const temporary = readdirSync(path(''), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.startsWith('temp/'),
  );
  if (left.length + temporary.length > 0)
    throw new Error(`files are left: ${[...left, ...temporary].join()}`);
}

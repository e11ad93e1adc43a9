import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Descriptor } from '../descriptor.js';
import { digestOf, hexOf, isDigest, type Digest } from '../digest.js';
import { OciError } from '../error.js';
import {
  ARCHIVE_JSON_LIMIT,
  asArray,
  asObject,
  MANIFEST_LIMIT,
  parseJson,
  type JsonObject,
} from '../json.js';
import { OCI_INDEX } from '../media-type.js';
import { Folder } from '../sources/files.js';
import { onDisk } from '../store/disk.js';
import { makeFolder } from '../store/make-folder.js';
import { move } from '../store/move.js';
import { replaceFile } from '../store/replace-file.js';
import { freshName, writeFile } from '../store/temporary.js';
import { collect, VerifiedBytes, type Expected } from '../verify.js';
import type { FetchedManifest } from './manifests.js';
import type { Repository } from './repository.js';

/** The annotation that holds the tag of a manifest in index.json. */
const REF_NAME = 'org.opencontainers.image.ref.name';
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

/**
 * A folder that is an OCI image layout, as a repository: for a stick that is carried to machines without a network. `push`
 * makes the folder. Blobs that are there are read again, because such media lose bytes.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export function openLayoutRepository(folder: string): Repository {
  const files = new Folder(folder);
  const name = `oci:${basename(folder)}`;

  async function readBlob(expected: Expected, limit: number): Promise<Buffer> {
    const file = blobName(expected.digest);
    if ((await files.size(file)) === undefined) throw missing(name, expected.digest);
    return collect(VerifiedBytes.of(files.read(file), expected), limit, `blob ${expected.digest}`);
  }

  async function manifest(tagOrDigest: string): Promise<FetchedManifest> {
    const digest = isDigest(tagOrDigest)
      ? tagOrDigest
      : entriesOf(await readIndex(folder)).find((entry) => tagOf(entry) === tagOrDigest)?.digest;
    const size = isDigest(digest) ? await files.size(blobName(digest)) : undefined;
    if (!isDigest(digest) || size === undefined) throw missing(name, tagOrDigest);
    return { bytes: await readBlob({ digest, size }, MANIFEST_LIMIT), digest };
  }

  return {
    name,
    registry: 'oci',
    manifest,
    find: (tagOrDigest) =>
      manifest(tagOrDigest).catch((error: unknown) => {
        if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
        return undefined;
      }),
    referrers: async () => undefined,
    blob: readBlob,
    push: (tagOrDigest, { mediaType, manifest: bytes, blobs }) =>
      onDisk(folder, async () => {
        await makeFolder(join(folder, 'blobs', 'sha256'));
        for (const blob of blobs) await putBlob(folder, blob.descriptor, blob.bytes());
        const entry = { mediaType, digest: digestOf(bytes), size: bytes.length };
        await putBlob(folder, entry, once(bytes));
        if (!existsSync(join(folder, 'oci-layout'))) await replaceFile(join(folder, 'oci-layout'), LAYOUT);
        await list(folder, entry, isDigest(tagOrDigest) ? undefined : tagOrDigest);
        return entry.digest;
      }),
    close: () => undefined,
  };
}

/** Writes a blob that is missing or damaged; it gets its name once all its bytes are on the disk. */
async function putBlob(folder: string, expected: Expected, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const path = join(folder, blobName(expected.digest));
  if (await isWhole(folder, expected)) return;
  const temporary = `${path}.${freshName()}.tmp`;
  try {
    await writeFile(temporary, VerifiedBytes.of(bytes, expected), true);
    await move(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function isWhole(folder: string, expected: Expected): Promise<boolean> {
  const files = new Folder(folder);
  const file = blobName(expected.digest);
  if ((await files.size(file)) !== expected.size) return false;
  try {
    for await (const chunk of VerifiedBytes.of(files.read(file), expected)) void chunk;
    return true;
  } catch (error) {
    if (error instanceof OciError && error.code === 'digest-mismatch') return false;
    throw error;
  }
}

/** Lists a manifest in index.json, in place of what had its tag. One that is known by its digest alone needs no entry. */
async function list(folder: string, entry: Descriptor, tag: string | undefined): Promise<void> {
  const index = await readIndex(folder);
  const others = entriesOf(index).filter((one) => tag === undefined || tagOf(one) !== tag);
  const added = tag === undefined ? [] : [{ ...entry, annotations: { [REF_NAME]: tag } }];
  const text = JSON.stringify({ ...index, manifests: [...others, ...added] });
  await replaceFile(join(folder, 'index.json'), text);
}

async function readIndex(folder: string): Promise<JsonObject> {
  const path = join(folder, 'index.json');
  if (!existsSync(path)) return { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
  return asObject(parseJson(await readFile(path), path, ARCHIVE_JSON_LIMIT), path);
}

function entriesOf({ manifests = [] }: JsonObject): readonly JsonObject[] {
  return asArray(manifests, 'index.json: manifests').map((one, i) => asObject(one, `index.json[${i}]`));
}

function tagOf({ annotations }: JsonObject): unknown {
  return annotations === undefined ? undefined : asObject(annotations, 'annotations')[REF_NAME];
}

function blobName(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

function missing(name: string, what: string): OciError {
  return new OciError('not-found', `${name} has no ${what}`, { hint: 'Push it to the folder first.' });
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

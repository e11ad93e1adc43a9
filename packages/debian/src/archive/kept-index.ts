import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { Architecture } from '../architecture.js';
import { decompress } from '../deb/decompress.js';
import { DebianError } from '../errors.js';
import type { BlobStore } from '../store.js';
import { TABLE_VERSION, tabulatePackages } from './packages.js';
import type { ReleaseFile } from './release.js';
import { readKeyFiles, verifyClearsigned } from './signature.js';

/**
 * Returns the text of a Release whose signature is good. The store keeps it by the bytes of the message and of the keys,
 * so that a message is verified once. Throws `bad-signature` or `bad-format`.
 */
export async function verifiedRelease(
  store: BlobStore,
  release: string,
  suite: string,
  keys: string,
): Promise<string> {
  const keyFiles = await readKeyFiles(keys);
  const hash = createHash('sha256');
  for (const text of [suite, release, ...keyFiles]) hash.update(`${text.length} ${text}`);
  const name = `debian-release-${hash.digest('hex')}`;
  return derived(store, name, () => verifyClearsigned(release, `InRelease of ${suite}`, keyFiles));
}

/** Fetches a file of the archive into the store; undefined if no mirror has it. */
type Fetch = (file: ReleaseFile & { readonly path: string }) => Promise<`sha256:${string}` | undefined>;

/** Compressions of an index in the order in which they are taken: gzip takes a tenth of the time that xz takes. */
const COMPRESSIONS = ['gz', 'xz'];

/** What names an index. */
export interface IndexName {
  readonly suite: string;
  /** Such as `main`. */
  readonly component: string;
  readonly architecture: Architecture;
}

/**
 * Returns the table of an index (see `openTable`), which the store keeps by the index's digest, so that an index is fetched
 * and read once. `files` is what the verified Release lists. Throws `mirror-failed` or `bad-format`.
 */
export async function tableOf(
  store: BlobStore,
  fetch: Fetch,
  files: ReadonlyMap<string, ReleaseFile>,
  { suite, component, architecture }: IndexName,
): Promise<string> {
  const base = `${component}/binary-${architecture}/Packages`;
  const listed = COMPRESSIONS.flatMap((suffix) => {
    const file = files.get(`${base}.${suffix}`);
    return file ? [{ ...file, path: `dists/${suite}/${base}.${suffix}` }] : [];
  });
  if (listed.length === 0) {
    throw new DebianError('bad-format', `Release of ${suite} does not list ${base}.xz`);
  }
  const names = listed.map(({ sha256 }) => `debian-packages-${TABLE_VERSION}-${sha256}`);
  for (const name of names) {
    const path = await store.find('layer', name);
    if (path !== undefined) return readFile(path, 'utf8');
  }
  for (const [index, file] of listed.entries()) {
    const digest = await fetch(file);
    if (!digest) continue;
    return derived(store, names[index], () => tabulatePackages(decompress(file.path, store.read(digest))));
  }
  throw new DebianError('mirror-failed', `the mirror lacks ${base}.xz of ${suite}`);
}

/** Returns a text that the store keeps by a name, and makes it where the store lacks it. */
async function derived(store: BlobStore, name: string, make: () => Promise<string>): Promise<string> {
  const path = await store.find('layer', name);
  if (path !== undefined) return readFile(path, 'utf8');
  const text = await make();
  await store.put('layer', name, (temporary) => writeFile(temporary, text));
  return text;
}

import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestsOf, isDigest, type Digest, type Store } from '@nx-linuxkit/oci';
import { CommandError } from '../../../error.js';

/** Folders that hold no lock of a user, and that would take long to look through. */
const SKIPPED = ['node_modules', '.git', '.nx', '.linuxkit', 'dist'];

/** The locks of systems, of packages, and of variants of both. */
const LOCK = /\.lock\.json$/;

/**
 * The digests that locks in folders name, of images and of Debian packages, and for images those of their documents, their
 * blobs and their uncompressed layers. Throws CommandError `bad-flag` for a folder that cannot be read.
 */
export async function lockedDigests(store: Store, folders: readonly string[]): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  for (const folder of folders) {
    for (const file of await locksBelow(folder)) {
      for (const digest of digestsIn(await readFile(file, 'utf8'))) {
        found.add(digest);
        for (const below of await documentsOf(store, digest)) found.add(below);
      }
    }
  }
  for (const digest of [...found]) for (const diffID of await diffIDsIn(store, digest)) found.add(diffID);
  return found;
}

async function locksBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new CommandError('bad-flag', `--keep-locks: ${folder} cannot be read`, {
      hint: 'Name a folder that exists: a wrong name would empty the cache.',
      cause,
    });
  });
  const below = entries.map(async (entry): Promise<string[]> => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : locksBelow(path);
    return LOCK.test(entry.name) ? [path] : [];
  });
  return (await Promise.all(below)).flat();
}

/** All digests in the text of a lock. A lock that is damaged still spares those that it shows. */
function digestsIn(text: string): Digest[] {
  return [...new Set(text.match(/\b[0-9a-f]{64}\b/g))].map((hex): Digest => `sha256:${hex}`);
}

/** What an image of the store consists of; nothing where the digest is that of another blob, or of none. */
async function documentsOf(store: Store, digest: Digest): Promise<Iterable<Digest>> {
  if (!(await isSmall(store, digest))) return [];
  return digestsOf(store, digest).catch(() => []);
}

/** The diffIDs of a blob that is the config of an image; none of any other blob. */
async function diffIDsIn(store: Store, digest: Digest): Promise<Digest[]> {
  if (!(await isSmall(store, digest))) return [];
  try {
    const { rootfs } = JSON.parse(await readFile(store.blobPath(digest), 'utf8')) as Config;
    return (rootfs?.diff_ids ?? []).filter((value): value is Digest => isDigest(value));
  } catch {
    return [];
  }
}

interface Config {
  readonly rootfs?: { readonly diff_ids?: unknown[] };
}

/** Bytes. No document of an image is larger. */
const LARGEST_DOCUMENT = 4 << 20;

async function isSmall(store: Store, digest: Digest): Promise<boolean> {
  const found = await stat(store.blobPath(digest)).catch(() => undefined);
  return found !== undefined && found.size <= LARGEST_DOCUMENT;
}

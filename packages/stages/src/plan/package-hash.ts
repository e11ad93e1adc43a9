import { createHash } from 'node:crypto';
import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { hashFile } from './hash-file.js';
import { PACKAGE_FILES, packageSources } from './package-sources.js';

/**
 * sha256 over the names and contents of the files that a package's image is made of: build.yml, its lock, and what
 * build.yml names. A symlink counts by what it leads to, as the image has it.
 */
export function packageHash(folder: string): string {
  const hash = createHash('sha256');
  for (const [path, digest] of packageDigests(folder)) hash.update(`${path}\0`).update(digest);
  return hash.digest('hex');
}

/** The files that `packageHash` covers, each with its sha256, or with a word for what is no file. */
export function packageDigests(folder: string): [string, Buffer | string][] {
  return [...PACKAGE_FILES, ...packageSources(folder)].flatMap((name) =>
    digestsBelow(join(folder, name), name, []),
  );
}

/** Paths and digests of a file, or of all files of a folder; `above` are the real paths of the folders around it. */
function digestsBelow(path: string, name: string, above: readonly string[]): [string, Buffer | string][] {
  const found = statOf(path);
  if (found === undefined) return [[name, 'missing']];
  if (!found.isDirectory()) return [[name, found.isFile() ? fileDigest(path) : 'no file']];
  const real = realpathSync(path);
  if (above.includes(real)) return [[name, 'loop']];
  const below = readdirSync(path).sort();
  return [
    [name, 'folder'],
    ...below.flatMap((entry) => digestsBelow(join(path, entry), `${name}/${entry}`, [...above, real])),
  ];
}

/** Undefined for what is missing and for a loop of links: the task that makes the image reports both. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** sha256 of a file's bytes. */
export function fileDigest(path: string): Buffer {
  return hashFile(path, createHash('sha256'));
}

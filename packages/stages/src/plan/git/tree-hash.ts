import { createHash, type Hash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { hashFile } from '../hash-file.js';
import { IgnoreRules } from './ignore-rules.js';

/** The hash of a repository's objects. */
export type ObjectHash = 'sha1' | 'sha256';

/** Modes of git's trees; a folder's has no leading zero. */
const MODES = { file: '100644', program: '100755', link: '120000', folder: '40000' } as const;

/** One entry of a tree object. */
interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly id: Buffer;
}

/**
 * The hash that git's tree object of a folder would have if all files were committed as they lie there, in hexadecimal
 * digits. It reads files alone and starts no process. Undefined for a folder without files, and for one that holds another
 * repository. Filters and line ends of .gitattributes are not applied: such a file gives another hash than git does, as does
 * a file that git has in spite of .gitignore.
 * https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export function treeHash(folder: string, algorithm: ObjectHash): string | undefined {
  const root = repositoryOf(folder) ?? folder;
  const rules = new IgnoreRules(root, 'git');
  const from = relative(root, folder).split(sep).join(posix.sep);
  return treeOf(folder, from, { rules, algorithm })?.toString('hex');
}

/** The nearest folder above that holds a repository. */
function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  const above = join(folder, '..');
  return above === folder ? undefined : repositoryOf(above);
}

interface Reading {
  readonly rules: IgnoreRules;
  readonly algorithm: ObjectHash;
}

function treeOf(folder: string, name: string, reading: Reading): Buffer | undefined {
  const entries: TreeEntry[] = [];
  for (const child of readdirSync(folder)) {
    const path = join(folder, child);
    const inner = posix.join(name, child);
    const found = lstatSync(path);
    if (reading.rules.ignores(inner, found.isDirectory())) continue;
    if (found.isDirectory() && existsSync(join(path, '.git'))) return undefined;
    const entry = entryOf(path, inner, found, reading);
    if (entry) entries.push({ ...entry, name: child });
  }
  return entries.length === 0 ? undefined : treeObject(entries, reading.algorithm);
}

/** Undefined for what git does not keep: empty folders, sockets and devices. */
function entryOf(
  path: string,
  name: string,
  found: Stats,
  reading: Reading,
): Omit<TreeEntry, 'name'> | undefined {
  const { algorithm } = reading;
  if (found.isDirectory()) {
    const id = treeOf(path, name, reading);
    return id && { mode: MODES.folder, id };
  }
  if (found.isSymbolicLink()) {
    const target = readlinkSync(path, 'buffer');
    return { mode: MODES.link, id: objectHash('blob', target.length, algorithm).update(target).digest() };
  }
  if (!found.isFile()) return undefined;
  const mode = found.mode & 0o100 ? MODES.program : MODES.file;
  return { mode, id: hashFile(path, objectHash('blob', found.size, algorithm)) };
}

/** Git sorts a folder as if its name ended with a slash. */
function treeObject(entries: readonly TreeEntry[], algorithm: ObjectHash): Buffer {
  const sortedBy = ({ mode, name }: TreeEntry) => Buffer.from(mode === MODES.folder ? `${name}/` : name);
  const sorted = [...entries].sort((a, b) => Buffer.compare(sortedBy(a), sortedBy(b)));
  const body = Buffer.concat(sorted.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), id]));
  return objectHash('tree', body.length, algorithm).update(body).digest();
}

function objectHash(type: 'blob' | 'tree', size: number, algorithm: ObjectHash): Hash {
  return createHash(algorithm).update(`${type} ${size}\0`);
}

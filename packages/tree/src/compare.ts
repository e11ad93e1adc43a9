import { createHash } from 'node:crypto';
import { readContent, sameContent, type Content } from './content.js';
import type { Inode } from './inode.js';
import { comparePaths } from './path.js';
import type { Tree } from './tree.js';

/** One difference between two trees. */
export interface Difference {
  readonly path: string;
  /** A text for people: `missing`, `extra`, `mode is 0644, expected 0755`. */
  readonly message: string;
}

/** What `compareTrees` compares beside types, modes, owners, targets, devices and contents. */
export interface CompareOptions {
  /** Whose mtimes to compare; `none` by default. */
  readonly mtimes?: 'all' | 'not-dirs' | 'none';
  /** Whether to compare extended attributes; true by default. A cpio archive cannot hold them. */
  readonly xattrs?: boolean;
}

/**
 * Lists how two trees differ, sorted by path; an empty list means that they are equal. Ignores the modes of symlinks
 * and whether symlinks are hard links, because Linux keeps neither; ignores the root unless both trees define it.
 * Reads only contents that are not the same slice of the same source.
 */
export async function compareTrees(
  expected: Tree,
  actual: Tree,
  options: CompareOptions = {},
): Promise<Difference[]> {
  const wanted = entryMap(expected);
  const got = entryMap(actual);
  const differences: Difference[] = [];
  for (const path of [...new Set([...wanted.keys(), ...got.keys()])].sort(comparePaths)) {
    const a = wanted.get(path);
    const b = got.get(path);
    if (a && b)
      differences.push(...(await compareInodes(a, b, options)).map((message) => ({ path, message })));
    else if (path !== '') differences.push({ path, message: a ? 'missing' : 'extra' });
  }
  differences.push(...compareLinks(wanted, got));
  return differences.sort((a, b) => comparePaths(a.path, b.path));
}

function entryMap(tree: Tree): Map<string, Inode> {
  return new Map(tree.entries().map(({ path, inode }) => [path, inode]));
}

async function compareInodes(
  a: Inode,
  b: Inode,
  { mtimes = 'none', xattrs = true }: CompareOptions,
): Promise<string[]> {
  if (a.type !== b.type) return [`type is ${b.type}, expected ${a.type}`];
  const timed = mtimes === 'all' || (mtimes === 'not-dirs' && a.type !== 'dir');
  const fields: [string, unknown, unknown][] = [
    ['mode', a.type === 'symlink' ? '' : octal(a.mode), a.type === 'symlink' ? '' : octal(b.mode)],
    ['uid', a.uid, b.uid],
    ['gid', a.gid, b.gid],
    ['mtime', timed && a.mtime, timed && b.mtime],
    ['target', a.target, b.target],
    ['device', a.device?.join(':'), b.device?.join(':')],
    ['xattrs', xattrs && describeXattrs(a), xattrs && describeXattrs(b)],
    ['size', a.content?.size ?? 0, b.content?.size ?? 0],
  ];
  const messages = fields.flatMap(([name, want, is]) =>
    want === is ? [] : [`${name} is ${is}, expected ${want}`],
  );
  if (messages.length === 0 && !(await sameBytes(a.content, b.content))) messages.push('content differs');
  return messages;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function describeXattrs({ xattrs }: Inode): string {
  const sorted = [...(xattrs ?? [])].sort(([a], [b]) => comparePaths(a, b));
  return sorted.map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).join(' ');
}

async function sameBytes(a: Content | undefined, b: Content | undefined): Promise<boolean> {
  return sameContent(a, b) || (await hashOf(a!)) === (await hashOf(b!));
}

async function hashOf(content: Content): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readContent(content)) hash.update(chunk);
  return hash.digest('hex');
}

/** The paths that share an inode in one tree and not in the other. */
function compareLinks(wanted: Map<string, Inode>, got: Map<string, Inode>): Difference[] {
  const a = firstNames(wanted, got);
  const b = firstNames(got, wanted);
  return [...a].flatMap(([path, first]) => {
    const is = b.get(path);
    if (is === first || is === undefined) return [];
    const describe = (other: string) => (other === path ? 'a file of its own' : `a hard link to ${other}`);
    return [{ path, message: `is ${describe(is)}, expected ${describe(first)}` }];
  });
}

/** Maps each path that can be a hard link in both trees to the first path with the same inode. */
function firstNames(entries: Map<string, Inode>, other: Map<string, Inode>): Map<string, string> {
  const first = new Map<Inode, string>();
  const out = new Map<string, string>();
  for (const [path, inode] of entries) {
    if (inode.type === 'dir' || inode.type === 'symlink' || other.get(path)?.type !== inode.type) continue;
    if (!first.has(inode)) first.set(inode, path);
    out.set(path, first.get(inode)!);
  }
  return out;
}

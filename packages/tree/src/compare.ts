import { createHash } from 'node:crypto';
import { readContent, type Content } from './content.js';
import { sameContent, type Inode } from './inode.js';
import { comparePaths } from './path.js';
import type { Tree } from './tree.js';

export interface Difference {
  readonly path: string;
  /** For people: `missing`, `extra`, `mode is 0644, expected 0755`. */
  readonly message: string;
}

export interface CompareOptions {
  /** Compare mtimes: of all, of all but directories, or of none (the default). */
  readonly mtimes?: 'all' | 'not-dirs' | 'none';
  /** Compare xattrs, true by default; cpio cannot carry them. */
  readonly xattrs?: boolean;
}

/**
 * How two trees differ, sorted by path. Modes of symlinks do not count, nor whether symlinks are hard links: the
 * kernel keeps neither. Contents are read only where they are not the same slice of the same source. The root
 * counts only where both trees define it.
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

/** Paths that share an inode in one tree and not in the other. */
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

/** Of every path that both trees have as what can be linked: the first path with the same inode. */
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

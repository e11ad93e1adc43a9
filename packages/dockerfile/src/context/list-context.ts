import { isUtf8 } from 'node:buffer';
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { DockerfileError } from '../error.js';
import type { Ignores } from './ignore.js';

/** Something in a build context. The modes are those that git keeps, so that two checkouts give one image. */
export interface ContextEntry {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly type: 'file' | 'dir' | 'symlink';
  /** Where it lies on this machine. */
  readonly source: string;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Whether its owner may execute a file. */
  readonly isExecutable: boolean;
  /** A symlink's target, verbatim. */
  readonly target?: string;
  /** Set on a folder of which nothing is left out. */
  readonly isWhole?: boolean;
}

/** Which folder is a context, and what is left out of it. */
export interface ContextOptions {
  /** Absolute path of the folder. */
  readonly folder: string;
  readonly ignores?: Ignores;
  /** Further folders or files: the absolute path by the path in the context. */
  readonly more?: Readonly<Record<string, string>>;
}

const IGNORES_NOTHING: Ignores = { ignores: () => false, hasExceptions: false };

/**
 * Lists a build context, sorted by path, with folders before what lies in them. A folder is left out when it is ignored
 * and nothing in it is taken in again. Throws DockerfileError `bad-context` for sockets, devices, and for names and
 * targets of symlinks that are no UTF-8.
 */
export function listContext({
  folder,
  ignores = IGNORES_NOTHING,
  more = {},
}: ContextOptions): ContextEntry[] {
  const found = new Map<string, ContextEntry>();
  const roots: [string, string][] = [['', folder], ...Object.entries(more)];
  for (const [path, source] of roots) {
    for (const entry of walk(path, source, ignores)) found.set(entry.path, entry);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * All that decides an image about a context beside the bytes of its files: names, types, modes, and targets of
 * symlinks. A build graph that hashes contents alone needs it in its keys.
 */
export function contextShape(entries: readonly ContextEntry[]): string[] {
  return entries.map(({ path, type, isExecutable, target }) =>
    [type[0], isExecutable ? 'x' : '-', path, target ?? ''].join('\0'),
  );
}

function walk(path: string, source: string, ignores: Ignores): ContextEntry[] {
  return look(path, source, ignores).entries;
}

/** What is taken of a path and below it, and whether that is all of it. */
function look(
  path: string,
  source: string,
  ignores: Ignores,
): { readonly entries: ContextEntry[]; readonly isWhole: boolean } {
  const stats = lstatSync(source, { throwIfNoEntry: false });
  if (!stats) return { entries: [], isWhole: true };
  const isRoot = path === '';
  const isIgnored = !isRoot && ignores.ignores(path);
  if (!stats.isDirectory())
    return { entries: isIgnored ? [] : [entryOf(path, source, stats)], isWhole: !isIgnored };
  if (isIgnored && !ignores.hasExceptions) return { entries: [], isWhole: false };
  const found = namesIn(source).map((name) =>
    look(isRoot ? name : `${path}/${name}`, join(source, name), ignores),
  );
  const below = found.flatMap(({ entries }) => entries);
  const isWhole = !isIgnored && found.every((part) => part.isWhole);
  if (isRoot || (isIgnored && below.length === 0)) return { entries: below, isWhole };
  return { entries: [{ ...entryOf(path, source, stats), isWhole }, ...below], isWhole };
}

function namesIn(folder: string): string[] {
  return readdirSync(folder, 'buffer')
    .map((name) => {
      if (isUtf8(name)) return name.toString();
      throw new DockerfileError('bad-context', `the name of ${join(folder, name.toString())} is no UTF-8`, {
        hint: ELSEWHERE,
      });
    })
    .sort();
}

function entryOf(path: string, source: string, stats: Stats): ContextEntry {
  const common = { path, source, size: 0, isExecutable: false };
  if (stats.isDirectory()) return { ...common, type: 'dir' };
  if (stats.isSymbolicLink()) return { ...common, type: 'symlink', target: targetOf(source) };
  if (stats.isFile()) {
    return { ...common, type: 'file', size: stats.size, isExecutable: (stats.mode & 0o100) !== 0 };
  }
  throw new DockerfileError('bad-context', `${source} is no file, folder or symlink`, { hint: ELSEWHERE });
}

/** Bytes that are no UTF-8 would all become the same character: the image would be wrong, and its key that of another link. */
function targetOf(source: string): string {
  const target = readlinkSync(source, 'buffer');
  if (isUtf8(target)) return target.toString();
  throw new DockerfileError('bad-context', `the symlink ${source} has a target that is no UTF-8`, {
    hint: ELSEWHERE,
  });
}

const ELSEWHERE = 'Name it in .dockerignore, or put it elsewhere.';

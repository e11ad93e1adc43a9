import type { BuildDocument } from '@nx-linuxkit/spec';
import { DebianError } from '../errors.js';
import type { FileSpec } from './model.js';

type Path = readonly (string | number)[];

/** Keys, at any depth of `contents`, whose strings are absolute paths or globs. */
const ABSOLUTE = new Set(['path', 'paths', 'from', 'home', 'shell', 'binary', 'workdir']);

/** Keys of a `files` entry that say what it holds; an entry has at most one of them. */
const FILE_KINDS: readonly (keyof FileSpec)[] = ['contents', 'source', 'from', 'directory'];

/** Checks the rules that the schema cannot express. Throws `bad-build` with the place of the first wrong value. */
export function checkContents({ value, where }: BuildDocument<{ contents?: object }>): void {
  const refuse = (path: Path, message: string): never => {
    throw new DebianError('bad-build', message, { where: where(path) });
  };
  walk(value.contents, ['contents'], (path, text) => {
    const key = path.findLast((step) => typeof step === 'string');
    const problem =
      key === 'mode' ? modeProblem(text) : ABSOLUTE.has(String(key)) ? pathProblem(text) : undefined;
    if (problem) refuse(path, problem);
  });
  const { links = {}, files = [], env = [] } = (value.contents ?? {}) as Record<string, never>;
  for (const link of Object.keys(links)) refuseIf(pathProblem(link), ['contents', 'links', link], refuse);
  (files as FileSpec[]).forEach((file, i) => refuseIf(fileProblem(file), ['contents', 'files', i], refuse));
  (env as string[]).forEach((text, i) => {
    if (!/^[^=]+=/.test(text)) refuse(['contents', 'env', i], `expected NAME=value, got ${text}`);
  });
}

function refuseIf(
  problem: string | undefined,
  path: Path,
  refuse: (path: Path, message: string) => never,
): void {
  if (problem) refuse(path, problem);
}

function walk(value: unknown, path: Path, visit: (path: Path, text: string) => void): void {
  if (typeof value === 'string') visit(path, value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value))
      walk(item, [...path, Array.isArray(value) ? Number(key) : key], visit);
  }
}

function pathProblem(path: string): string | undefined {
  const absolute = path.startsWith('/') && !path.split('/').includes('..');
  return absolute ? undefined : `expected an absolute path without "..", got ${path}`;
}

function modeProblem(mode: string): string | undefined {
  return /^0?[0-7]{3,4}$/.test(mode) ? undefined : `expected an octal mode such as '0644', got ${mode}`;
}

function fileProblem(file: FileSpec): string | undefined {
  if ((file.from === undefined) !== (file.package === undefined))
    return 'expected both package and from, got one of them';
  const given = FILE_KINDS.filter((key) => file[key] !== undefined);
  return given.length > 1
    ? `expected one of ${FILE_KINDS.join(', ')}, got ${given.join(' and ')}`
    : undefined;
}

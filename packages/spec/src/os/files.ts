import { parseMode } from '../container/devices.js';
import { SpecError } from '../error.js';
import type { FileSpec } from '../model.js';

/** The key of an entry of `files` that decides what it makes. */
export type FileKind = 'directory' | 'symlink' | 'contents' | 'source' | 'folder' | 'metadata';

/**
 * Returns what an entry of `files` makes. `directory` with `source` is a local folder, a pair that LinuxKit refuses. As in
 * LinuxKit, `directory` wins over `symlink`, and `symlink` over `contents`. Throws `SpecError` `bad-value` for every other
 * pair, and for an entry without such a key.
 */
export function fileKind({ directory, symlink, contents, source, metadata }: FileSpec): FileKind {
  const literal = directory
    ? 'directory'
    : symlink
      ? 'symlink'
      : contents !== undefined
        ? 'contents'
        : undefined;
  const read = source ? 'source' : metadata ? 'metadata' : undefined;
  if (directory && source && !symlink && contents === undefined && !metadata) return 'folder';
  if (directory && contents !== undefined) throw conflict('directory', 'contents');
  if (literal && read) throw conflict(literal, read);
  if (source && metadata) throw conflict('source', 'metadata');
  const kind = literal ?? read;
  if (kind) return kind;
  throw new SpecError('bad-value', 'a file needs one of directory, symlink, contents, source and metadata');
}

function conflict(one: string, other: string): SpecError {
  return new SpecError('bad-value', `a file cannot have both ${one} and ${other}`, {
    hint: 'Remove one of them.',
  });
}

/** Returns the permission bits of an entry of `files`. Default: 0700 for a directory, else 0600. */
export function fileMode({ mode, directory, source }: FileSpec): number {
  if (mode) return parseMode(mode);
  return directory && !source ? 0o700 : 0o600;
}

/** Returns all permission bits that files of an entry may have: those of a folder's rules too. */
export function fileModes(file: FileSpec): number[] {
  return [fileMode(file), ...(file.rules ?? []).flatMap(({ mode }) => (mode ? [parseMode(mode)] : []))];
}

/** The keys that only a folder with its files has. */
export const FOLDER_KEYS = ['include', 'exclude', 'rules'] as const;

/** Refuses a pattern that matches nothing, which its author cannot have meant. */
export function checkPattern(pattern: string): void {
  const text = pattern.replace(/^!/, '');
  if (text.trim() === '') throw new SpecError('bad-value', 'expected a pattern, got nothing');
  if (text.startsWith('#')) {
    throw new SpecError('bad-value', `"${pattern}" is a comment in .gitignore, and matches nothing`, {
      hint: `Write it as "\\${text}".`,
    });
  }
  if (!/^\/?\.{1,2}(\/|$)/.test(text)) return;
  throw new SpecError('bad-value', `"${pattern}" matches nothing: patterns are relative to the folder`, {
    hint: 'Leave out the dots. A pattern that begins with / is about the folder itself, and not about the folders in it.',
  });
}

/** Refuses a path that does not lie below the root. */
export function checkFilePath(path: string): void {
  let depth = 0;
  for (const step of path.split('/').filter((part) => part !== '' && part !== '.')) {
    depth += step === '..' ? -1 : 1;
    if (depth < 0) throw new SpecError('bad-value', `the path "${path}" leads out of the root file system`);
  }
  if (depth === 0)
    throw new SpecError('bad-value', `a file needs a path, got "${path}"`, { hint: 'Add path.' });
}

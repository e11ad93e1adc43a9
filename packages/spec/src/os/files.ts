import { parseMode } from '../container/devices.js';
import { SpecError } from '../error.js';
import type { FileSpec } from '../model.js';

export type FileKind = 'directory' | 'symlink' | 'contents' | 'source' | 'metadata';

/**
 * What an entry of `files` makes. As in LinuxKit, `directory` wins over `symlink`, and `symlink` over
 * `contents`; every other pair is an error.
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

/** Permission bits. Without a mode only the owner has any. */
export function fileMode({ mode, directory }: FileSpec): number {
  if (mode) return parseMode(mode);
  return directory ? 0o700 : 0o600;
}

/** Throws unless the path names something below the root. */
export function checkFilePath(path: string): void {
  let depth = 0;
  for (const step of path.split('/').filter((part) => part !== '' && part !== '.')) {
    depth += step === '..' ? -1 : 1;
    if (depth < 0) throw new SpecError('bad-value', `the path "${path}" leads out of the root file system`);
  }
  if (depth === 0)
    throw new SpecError('bad-value', `a file needs a path, got "${path}"`, { hint: 'Add path.' });
}

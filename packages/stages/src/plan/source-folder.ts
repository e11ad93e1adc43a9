import { isUtf8 } from 'node:buffer';
import { readdirSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { FileSpec } from '@nx-linuxkit/spec';
import ignore from 'ignore';
import { StageError } from '../error.js';

/** What a `files` entry takes of a local folder. */
export interface FolderEntry {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  /** The absolute path by which the entry was found: links may lead there. */
  readonly source: string;
  /** Relative to the folder, or to the folder that the last link on the way leads to. */
  readonly below: string;
  /** A link to a folder is an entry of its own, and what lies in that folder follows. */
  readonly type: 'file' | 'link' | 'linked-folder';
}

/** Tells whether a pattern matches a path that is relative to the folder; a directory's path ends with a slash. */
export type Matches = (path: string) => boolean;

/** Compiles patterns of a `files` entry: those of .gitignore, relative to its folder. */
export function folderPatterns(patterns: readonly string[]): Matches {
  const rules = ignore({ ignorecase: false }).add([...patterns]);
  return (path) => rules.ignores(path);
}

/**
 * Lists the files of a folder that an entry takes, sorted by code units. Links to folders are followed; a directory by
 * itself is no entry, because neither git nor Nx knows empty ones. Throws StageError: `unusable-path` for a name that is no
 * UTF-8, `unreadable-file` for links that lead to a folder around them.
 */
export function folderEntries(
  folder: string,
  { include = [], exclude = [] }: Pick<FileSpec, 'include' | 'exclude'>,
): FolderEntry[] {
  const isIncluded = include.length === 0 ? () => true : folderPatterns(include);
  const isExcluded = folderPatterns(exclude);
  return [...walk({ source: folder, path: '', below: '' }, [realpathSync(folder)])];

  function* walk(at: Pick<FolderEntry, 'source' | 'path' | 'below'>, above: readonly string[]): Walk {
    for (const { name, entry } of namesIn(at.source)) {
      const child = { source: join(at.source, name), path: at.path + name, below: at.below + name };
      const isLink = entry.isSymbolicLink();
      const isFolder = isLink ? leadsToFolder(child.source) : entry.isDirectory();
      if (isExcluded(isFolder ? `${child.path}/` : child.path)) continue;
      if (isFolder && isLink) yield { ...child, type: 'linked-folder' };
      if (isFolder) {
        const inner = { ...child, path: `${child.path}/`, below: isLink ? '' : `${child.below}/` };
        yield* walk(inner, isLink ? aboveOf(child.source, above) : above);
      } else if (isIncluded(child.path)) yield { ...child, type: isLink ? 'link' : 'file' };
    }
  }
}

type Walk = Generator<FolderEntry, void, undefined>;

function namesIn(folder: string): { readonly name: string; readonly entry: Dirent<Buffer> }[] {
  return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })
    .map((entry) => ({ name: nameOf(entry, folder), entry }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function nameOf({ name }: Dirent<Buffer>, folder: string): string {
  if (isUtf8(name)) return name.toString();
  throw new StageError('unusable-path', `the name of ${join(folder, name.toString())} is no UTF-8`, {
    hint: 'Give the file or the folder another name, or leave it out by exclude.',
  });
}

function leadsToFolder(link: string): boolean {
  try {
    return statSync(link).isDirectory();
  } catch {
    // The link leads nowhere: reading it as a file says so.
    return false;
  }
}

/** The real paths of the folders around a linked folder, with its own. */
function aboveOf(link: string, above: readonly string[]): string[] {
  const real = realpathSync(link);
  const loops = above.some((folder) => folder === real || folder.startsWith(`${real}/`));
  if (!loops) return [...above, real];
  throw new StageError('unreadable-file', `the link ${link} leads to a folder that it lies in`, {
    hint: 'Leave it out by exclude, or take it away.',
  });
}

import { statSync } from 'node:fs';
import { posix } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { fileKind, fileMode, formatMetadata, idMap, numericId, type FileSpec } from '@nx-linuxkit/spec';
import {
  DEFAULT_MTIME,
  IMPLIED_DIR,
  TreeError,
  ancestorsOf,
  bytesContent,
  cleanPath,
  type Content,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import { fewAtATime } from '../few-at-a-time.js';
import type { OsPlan } from '../plan/os-plan.js';
import { sourceCandidates } from '../plan/sources.js';
import { readFolder } from './folder.js';
import { hostFile } from './host-file.js';
import { parentMode } from './parent-mode.js';

/** What reading files takes of the context. */
type Files = Pick<Context, 'path' | 'file'>;

/** A `files` entry with its bytes found. */
export interface PlacedFile {
  readonly path: string;
  readonly inode: Inode;
  /** Its `path` in the YAML. */
  readonly where?: Where;
  /** Set for a directory of a local folder: like a parent, it leaves one that an image brought as it is. */
  readonly isImplied?: true;
}

/** Finds the bytes of every `files` entry, and leaves out entries that are optional and missing. */
export async function readFiles(plan: OsPlan, context: Files): Promise<PlacedFile[]> {
  const ids = idMap(plan.os);
  const placed = await fewAtATime([...plan.os.files.entries()], ([i, file]) =>
    placeFile(new Entry(plan, file, i, ids), context),
  );
  return placed.flat();
}

/** An entry of `files`, by its place in the list. */
class Entry {
  readonly kind;

  constructor(
    readonly plan: OsPlan,
    readonly file: FileSpec,
    private readonly index: number,
    readonly ids: ReadonlyMap<string, number>,
  ) {
    this.kind = fileKind(file);
  }

  /** The path without a leading slash, as Go's path.Clean gives it, by which LinuxKit finds the parents. */
  get path(): string {
    // readOs has checked that the path stays inside.
    return cleanPath(posix.normalize(this.file.path));
  }

  /** The place of a key in the YAML. */
  where(key: string): Where {
    return this.plan.os.where(['files', this.index, key]);
  }

  inode(rest: Omit<Inode, 'mtime' | 'origin'>): Inode {
    const origin = { source: 'linuxkit.files', location: `files[${this.index}]` };
    return { ...rest, mode: rest.mode & 0o7777, mtime: DEFAULT_MTIME, origin };
  }

  unreadable(message: string, hint: string): StageError {
    return new StageError('unreadable-file', message, { where: this.where('source'), hint });
  }
}

async function placeFile(entry: Entry, context: Files): Promise<PlacedFile[]> {
  const { file, path, kind, ids, plan } = entry;
  const where = entry.where('path');
  const owner = { mode: fileMode(file), uid: numericId(file.uid, ids), gid: numericId(file.gid, ids) };
  const one = (rest: Pick<Inode, 'type' | 'target' | 'content'>): PlacedFile[] => [
    { path, inode: entry.inode({ ...owner, ...rest }), where },
  ];
  switch (kind) {
    case 'directory':
      return one({ type: 'dir' });
    case 'symlink':
      return one({ type: 'symlink', target: file.symlink });
    case 'contents':
      return one({ type: 'file', content: bytesContent(file.contents ?? '') });
    case 'metadata':
      return one({
        type: 'file',
        content: bytesContent(formatMetadata(plan.os, file.metadata as 'yaml' | 'json')),
      });
    case 'source': {
      const content = await sourceContent(entry, context);
      return content ? one({ type: 'file', content }) : [];
    }
    case 'folder':
      return placeFolder(entry, owner, context);
  }
}

async function placeFolder(
  entry: Entry,
  owner: Pick<Inode, 'mode' | 'uid' | 'gid'>,
  context: Files,
): Promise<PlacedFile[]> {
  const { file, path, ids } = entry;
  const folder = findSource(entry, 'folder', context);
  if (folder === undefined) return [];
  const files = await readFolder(folder, { file, owner, ids }, context).catch((error: unknown) => {
    throw error instanceof StageError && !error.where
      ? new StageError(error.code, error.message, { where: entry.where('source'), hint: error.hint })
      : error;
  });
  if (files.length === 0 && !file.optional) throw entry.unreadable(`no file of ${folder} is taken`, NO_FILE);
  const where = entry.where('path');
  return files.map(({ path: below, isImplied, ...rest }) => ({
    path: posix.join(path, below),
    inode: entry.inode(rest),
    where,
    ...(isImplied && { isImplied }),
  }));
}

/**
 * Puts files into the tree. Missing parents get the file's owner, and its mode with x for each class that has any
 * bit, as LinuxKit makes them. A parent that an image brought keeps its metadata, unless `override` copies LinuxKit,
 * where a private file below /etc locks /etc. Throws TreeError for a parent that is no directory, where LinuxKit
 * writes a tar that cannot be unpacked.
 */
export function addFiles(tree: Tree, files: readonly PlacedFile[], override: boolean): void {
  const made = new Set<string>();
  const isTaken = (parent: string): boolean => {
    const known = tree.get(parent);
    return made.has(parent) || (known !== undefined && known !== IMPLIED_DIR && !override);
  };
  for (const { path, inode, where, isImplied } of files) {
    const resolved = resolveParents(tree, path, where);
    for (const parent of ancestorsOf(resolved)) {
      const known = tree.get(parent);
      if (known && known.type !== 'dir') throw belowFile(path, parent, known, where);
      if (isTaken(parent)) continue;
      tree.set(parent, {
        ...inode,
        type: 'dir',
        mode: parentMode(inode.mode),
        content: undefined,
        target: undefined,
      });
      made.add(parent);
    }
    // What is no directory is left to the files below, which follow a symlink there or are refused.
    if (isImplied && (isTaken(resolved) || (tree.get(resolved)?.type ?? 'dir') !== 'dir')) continue;
    if (inode.type === 'dir') made.add(resolved);
    tree.set(resolved, inode);
  }
}

function resolveParents(tree: Tree, path: string, where: Where | undefined): string {
  try {
    return tree.resolve(path);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
    const hint = 'Give the entry another path, or take the loop of symlinks away.';
    throw new TreeError(error.code, error.message, { where, hint });
  }
}

function belowFile(path: string, parent: string, { type }: Inode, where: Where | undefined): TreeError {
  return new TreeError('not-a-directory', `${path} cannot be put below ${parent}, which is a ${type}`, {
    where,
    hint: 'Give the entry another path, or take away what lies at its parent.',
  });
}

/** What a folder without a file that is taken may mean. */
const NO_FILE =
  'Look at include and exclude. Empty directories do not count. Add `optional: true` if there may be no file.';

async function sourceContent(entry: Entry, context: Files): Promise<Content | undefined> {
  const path = findSource(entry, 'file', context);
  return path === undefined ? undefined : hostFile(path, statSync(path).size, context);
}

/** Finds the file or folder of a `source`; undefined for one that is optional and missing. */
function findSource(entry: Entry, kind: 'file' | 'folder', context: Files): string | undefined {
  const { plan, file } = entry;
  const { source = '', optional } = file;
  const candidates = sourceCandidates(source, posix.dirname(plan.file), context.path(), plan.sourceBase);
  for (const path of candidates) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (kind === 'file' ? found?.isFile() : found?.isDirectory()) return path;
    if (found?.isDirectory()) {
      throw entry.unreadable(
        `${source} is no regular file: ${path} is a folder`,
        'Add `directory: true` to take its files.',
      );
    }
    if (found)
      throw entry.unreadable(
        `${source} is no ${kind === 'file' ? 'regular file' : 'folder'}: ${path}`,
        WHERE,
      );
  }
  if (optional) return undefined;
  throw entry.unreadable(`no ${kind} ${source}; looked at ${candidates.join(' and ')}`, WHERE);
}

const WHERE = 'A source lies in one of these places. Add `optional: true` if it may be missing.';

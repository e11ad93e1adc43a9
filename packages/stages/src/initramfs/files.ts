import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import {
  fileKind,
  fileMode,
  formatMetadata,
  idMap,
  numericId,
  type FileKind,
  type FileSpec,
} from '@nx-linuxkit/spec';
import {
  DEFAULT_MTIME,
  IMPLIED_DIR,
  TreeError,
  ancestorsOf,
  bytesContent,
  cleanPath,
  type Content,
  type Inode,
  type InodeType,
  type Tree,
} from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import type { OsPlan } from '../plan/os-plan.js';
import { sourceCandidates } from '../plan/sources.js';
import { CHUNK } from '../seal.js';

/** What reading files takes of the context. */
type Files = Pick<Context, 'path' | 'file'>;

/** A `files` entry with its bytes found. */
export interface PlacedFile {
  readonly path: string;
  readonly inode: Inode;
  /** Its `path` in the YAML. */
  readonly where?: Where;
}

const INODE_TYPES: Record<FileKind, InodeType> = {
  directory: 'dir',
  symlink: 'symlink',
  contents: 'file',
  source: 'file',
  metadata: 'file',
};

/** Finds the bytes of every `files` entry, and leaves out entries that are optional and missing. */
export async function readFiles(plan: OsPlan, context: Files): Promise<PlacedFile[]> {
  const ids = idMap(plan.os);
  const placed = await Promise.all(
    plan.os.files.map(async (file, i): Promise<PlacedFile | undefined> => {
      const content = await contentOf(plan, file, i, context);
      if (content === 'absent') return undefined;
      const type = INODE_TYPES[fileKind(file)];
      const inode: Inode = {
        type,
        mode: fileMode(file) & 0o7777,
        uid: numericId(file.uid, ids),
        gid: numericId(file.gid, ids),
        mtime: DEFAULT_MTIME,
        origin: { source: 'linuxkit.files', location: `files[${i}]` },
        ...(type === 'symlink' ? { target: file.symlink } : {}),
        ...(type === 'file' ? { content } : {}),
      };
      // As Go's path.Clean, by which LinuxKit finds the parents. readOs has checked that the path stays inside.
      return {
        path: cleanPath(posix.normalize(file.path)),
        inode,
        where: plan.os.where(['files', i, 'path']),
      };
    }),
  );
  return placed.filter((file) => file !== undefined);
}

/**
 * Puts files into the tree. Missing parents get the file's owner, and its mode with x for each class that has any
 * bit, as LinuxKit makes them. A parent that an image brought keeps its metadata, unless `override` copies LinuxKit,
 * where a private file below /etc locks /etc. Throws TreeError for a parent that is no directory, where LinuxKit
 * writes a tar that cannot be unpacked.
 */
export function addFiles(tree: Tree, files: readonly PlacedFile[], override: boolean): void {
  const made = new Set<string>();
  for (const { path, inode, where } of files) {
    const resolved = resolveParents(tree, path, where);
    for (const parent of ancestorsOf(resolved)) {
      const known = tree.get(parent);
      if (known && known.type !== 'dir') throw belowFile(path, parent, known, where);
      if (made.has(parent) || (known !== undefined && known !== IMPLIED_DIR && !override)) continue;
      tree.set(parent, {
        ...inode,
        type: 'dir',
        mode: parentMode(inode.mode),
        content: undefined,
        target: undefined,
      });
      made.add(parent);
    }
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

function parentMode(mode: number): number {
  const classes = [0o700, 0o070, 0o007] as const;
  return classes.reduce((result, bits) => (mode & bits ? result | (bits & 0o111) : result), mode);
}

async function contentOf(
  plan: OsPlan,
  file: FileSpec,
  index: number,
  context: Files,
): Promise<Content | undefined | 'absent'> {
  const { contents = '', source = '', metadata, optional } = file;
  const kind = fileKind(file);
  if (kind === 'contents') return bytesContent(contents);
  if (kind === 'metadata') return bytesContent(formatMetadata(plan.os, metadata as 'yaml' | 'json'));
  if (kind !== 'source') return undefined;
  const candidates = sourceCandidates(source, posix.dirname(plan.file), context.path(), plan.sourceBase);
  for (const path of candidates) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return hashedFile(path, found.size, context);
    if (found) throw unreadable(plan, index, `${source} is no regular file: ${path}`);
  }
  if (optional) return 'absent';
  throw unreadable(plan, index, `no file ${source}; looked at ${candidates.join(' and ')}`);
}

/** Hashes a file before it is used, so that its content is its identity. */
async function hashedFile(path: string, size: number, context: Files): Promise<Content> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return { source: context.file(path, { id: `sha256:${hash.digest('hex')}`, size }), offset: 0, size };
}

function unreadable(plan: OsPlan, index: number, message: string): StageError {
  return new StageError('unreadable-file', message, {
    where: plan.os.where(['files', index, 'source']),
    hint: 'A source is a file in one of these places. Add `optional: true` if it may be missing.',
  });
}

import { ancestorsOf, writeCpio, type Entry, type Tree } from '@nx-linuxkit/tree';
import type { FileChange } from '../diff/system-diff.js';

/** What the agent takes: paths to remove, each ended by NUL, and an archive of what comes. Both are relative to the root. */
export interface Update {
  readonly removed: Buffer;
  readonly archive: Buffer;
}

/**
 * Makes the update that turns the paths of a change into what `root` has there. Every other path than a folder that stays is
 * removed first, so that nothing is written through a link or into a running program.
 */
export async function updateOf(files: readonly FileChange[], root: Tree): Promise<Update> {
  const isFolder = (state: FileChange['before']) => state?.type === 'dir';
  const gone = files.filter(({ before, after }) => before && !(isFolder(before) && isFolder(after)));
  const removed = Buffer.from(gone.map(({ path }) => `./${path}\0`).join(''));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCpio(entriesOf(files, root))) chunks.push(Uint8Array.from(chunk));
  return { removed, archive: Buffer.concat(chunks) };
}

/** The changed paths with the folders above them, in the order of the root. */
function entriesOf(files: readonly FileChange[], root: Tree): Entry[] {
  const wanted = new Set(
    files.filter(({ after }) => after).flatMap(({ path }) => [...ancestorsOf(path), path]),
  );
  return root.entries().filter(({ path }) => path !== '' && wanted.has(path));
}

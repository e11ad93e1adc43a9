import type { ArchiveFile } from '../archive/archive.js';
import { DebianError } from '../errors.js';
import { SOCKETS } from './http.js';

/** Milliseconds. A mirror that is there answers a hundred requests by HEAD in less; a build must not wait for one that is not. */
const PATIENCE = 3000;

/** Tells whether mirrors have all files. False as soon as one is missing, a mirror fails, or the answers take too long. */
export async function isAtMirrors(
  files: readonly ArchiveFile[],
  has: (file: ArchiveFile) => Promise<boolean>,
): Promise<boolean> {
  const queue = [...files];
  const worker = async (): Promise<boolean> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (await has(next).catch(falseIfMirrorFails)) continue;
      queue.length = 0;
      return false;
    }
    return true;
  };
  const answers = Promise.all(Array.from({ length: Math.min(SOCKETS, files.length) }, worker));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean[]>((resolve) => {
    timer = setTimeout(() => resolve([false]), PATIENCE).unref();
  });
  const all = await Promise.race([answers, late]);
  clearTimeout(timer);
  return all.every(Boolean);
}

function falseIfMirrorFails(error: unknown): false {
  if (error instanceof DebianError) return false;
  throw error;
}

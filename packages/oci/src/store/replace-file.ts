import { open, realpath, rm } from 'node:fs/promises';
import { flush } from './flush.js';
import { move } from './move.js';
import { freshName } from './temporary.js';

/**
 * Writes a small file that people keep, such as a lock. The text is on the disk before the file has its name, so that
 * neither a reader, nor a process that is killed, nor a power loss finds a part of it: there is the old text or the new
 * one. A symlink stays, and its target is replaced. Errors are those of the file system.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = `${target}.${freshName()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await flush(file);
    } finally {
      await file.close();
    }
    await move(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

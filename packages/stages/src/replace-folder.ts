import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@nx-linuxkit/errors';
import { StageError } from './error.js';
import { makeFolder } from './make-folder.js';

/** The rest of a temporary name: the process, and a random word, because process numbers are used again. */
const TEMPORARY = /^(\d+)-[0-9a-f]+\.tmp$/;

/**
 * Lets `produce` fill a fresh folder, then puts it in the place of `folder`. A process that is killed meanwhile
 * leaves the old folder or none, and a temporary one, which the next call removes. With `large` the old folder is
 * removed first, so that neither the disk nor the kernel's page cache must hold both. Throws StageError `unwritable`
 * where the disk refuses.
 */
export async function replaceFolder<T>(
  folder: string,
  produce: (temporary: string) => Promise<T>,
  { large = false } = {},
): Promise<T> {
  const temporary = `${folder}.${owner()}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    await makeFolder(dirname(folder));
    await removeAbandoned(folder);
    await mkdir(temporary);
    if (large) await rm(folder, { recursive: true, force: true });
    const result = await produce(temporary);
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
      // Another build has put the same folder there in between: this one replaces it.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await rm(folder, { recursive: true, force: true });
      await rename(temporary, folder);
    });
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw explainWriteError(error, folder);
  }
}

/**
 * Names the process that owns a temporary folder. Containers that share a workspace have the same process numbers,
 * and different host names.
 */
function owner(pid: number | string = process.pid): string {
  return `${hostname()}.${pid}`;
}

/** Removes what processes of this machine that no longer run have left beside a folder. */
async function removeAbandoned(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.${owner('')}`;
  for (const name of await readdir(dirname(folder))) {
    const [, pid] = (name.startsWith(prefix) && TEMPORARY.exec(name.slice(prefix.length))) || [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Makes an error of the disk one that the user can act on; returns any other as it is. `folder` is what was written. */
export function explainWriteError(error: unknown, folder: string): unknown {
  if (error instanceof Fault) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const messages: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EACCES: 'no permission to write',
    EPERM: 'no permission to write',
    EROFS: 'the file system is read-only',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'a file may not grow that large',
  };
  if (!code || !(code in messages)) return error;
  return new StageError('unwritable', `${messages[code]}: ${path ?? folder}`, {
    hint: 'Nothing half-written is left. Free space or change the permissions, and build again.',
    cause: error,
  });
}

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Fault } from '@nx-linuxkit/errors';
import { STALE, makeFolder, move } from '@nx-linuxkit/oci';
import { StageError } from './error.js';

/** The rest of a temporary name: the process, and a random word, because process numbers are used again. */
const TEMPORARY = /^(\d+)-[0-9a-f]+\.tmp$/;
/** The same with the name of the machine in front. */
const OWNED = /\.\d+-[0-9a-f]{8}\.tmp$/;

/**
 * An attempt fails when another build has put the same folder there in between. A hundred builds of one workspace are
 * more than any machine runs.
 */
const ATTEMPTS = 100;

/**
 * Lets `produce` fill a fresh folder, then puts it in the place of `folder`. A process that is killed meanwhile
 * leaves the old folder or none, and a temporary one, which the next call removes. With `large` the old folder is
 * removed first, so that neither the disk nor the kernel's page cache must hold both. With `secret` only the user can
 * read the folder, and each file in it, from its first byte on; else the umask decides. Throws StageError `unwritable`
 * where the disk refuses.
 */
export async function replaceFolder<T>(
  folder: string,
  produce: (temporary: string) => Promise<T>,
  { large = false, secret = false } = {},
): Promise<T> {
  const fill = async (temporary: string) => {
    if (large) await removeFolder(folder);
    return produce(temporary);
  };
  return filled(folder, fill, secret, (temporary) => swapIn(temporary, folder));
}

/**
 * Lets `produce` fill a fresh folder, then moves its files into `folder`, over files of the same names. Other files there
 * stay. A process that is killed meanwhile leaves no file half-written, and a hidden folder, which the next call with
 * the same `name` removes. With `secret` only the user can read the files. Throws StageError `unwritable` where the disk
 * refuses.
 */
export async function addToFolder<T>(
  folder: string,
  name: string,
  produce: (temporary: string) => Promise<T>,
  { secret = false } = {},
): Promise<T> {
  return filled(join(folder, `.${name}`), produce, secret, async (temporary) => {
    for (const file of await readdir(temporary)) await move(join(temporary, file), join(folder, file));
    await rm(temporary, { recursive: true });
  });
}

/** Fills a temporary folder beside `folder`, and lets `publish` take it away from there. */
async function filled<T>(
  folder: string,
  produce: (temporary: string) => Promise<T>,
  secret: boolean,
  publish: (temporary: string) => Promise<void>,
): Promise<T> {
  const temporary = besides(folder);
  try {
    await makeFolder(dirname(folder));
    await removeAbandoned(folder);
    await mkdir(temporary, { mode: secret ? 0o700 : 0o777 });
    const result = await produce(temporary);
    // What Nx's cache restores keeps the mode of each file, and not that of the folder.
    if (secret) await hideFiles(temporary);
    await publish(temporary);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw explainWriteError(error, folder);
  }
}

/** Takes every right of others from the files of a folder. Leaves alone a file without any, because that keeps ctime. */
async function hideFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mode } = await stat(path);
    if (mode & 0o077) await chmod(path, mode & 0o700);
  }
}

/**
 * Removes a folder. It gets another name first, so that another build that puts its own there meanwhile loses no file of
 * it, and is not in the way of this call.
 */
export async function removeFolder(folder: string): Promise<void> {
  const aside = besides(folder);
  try {
    await move(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    // A folder that is a mount point has no other name. What is no folder is in nobody's way.
    return rm(folder, { recursive: true, force: true });
  }
  await rm(aside, { recursive: true, force: true });
}

/** Puts a folder in the place of another. Builds that share a workspace do so at the same time: the last one stays. */
async function swapIn(temporary: string, folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await removeFolder(folder);
    try {
      return await move(temporary, folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENOTEMPTY' && code !== 'EEXIST') || attempt === ATTEMPTS) throw error;
    }
  }
}

/** A temporary name beside a folder, which no other process and no other call uses. */
function besides(folder: string): string {
  return `${folder}.${owner()}-${randomBytes(4).toString('hex')}.tmp`;
}

/**
 * Names the process that owns a temporary folder. Containers that share a workspace have the same process numbers,
 * and different host names.
 */
function owner(pid: number | string = process.pid): string {
  return `${hostname()}.${pid}`;
}

/**
 * Removes what processes of this machine that no longer run have left beside a folder, and what any process left more than a
 * day ago: the name of a machine may change, and no build takes a day.
 */
async function removeAbandoned(folder: string): Promise<void> {
  const [any, own] = [`${basename(folder)}.`, `${basename(folder)}.${owner('')}`];
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(any) || !OWNED.test(name.slice(any.length))) continue;
    const path = join(dirname(folder), name);
    const [, pid] = (name.startsWith(own) && TEMPORARY.exec(name.slice(own.length))) || [];
    const isAbandoned = pid === undefined ? await isOld(path) : !isRunning(Number(pid));
    if (isAbandoned) await rm(path, { recursive: true, force: true });
  }
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > STALE;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'a file may not grow that large',
  EACCES: 'no permission to write',
  EPERM: 'no permission to write',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a file lies where a folder is needed',
  EEXIST: 'a file or a broken link lies where a folder is needed',
  EISDIR: 'a folder lies where a file is needed',
  ENOTEMPTY: 'another program writes into the folder',
  EBUSY: 'another program uses the folder, or it is a mount point',
  ELOOP: 'symlinks lead in a circle',
  ENAMETOOLONG: 'a name is too long for the file system',
  EMFILE: 'this process has too many open files',
  ENFILE: 'this machine has too many open files',
  EIO: 'the disk fails',
};

/** Turns an error of a file system call into a StageError. An error without a system call is a defect, and stays. */
export function explainWriteError(error: unknown, folder: string): unknown {
  const { code, path, syscall, message } = (error ?? {}) as NodeJS.ErrnoException;
  if (error instanceof Fault || code === undefined || syscall === undefined) return error;
  const what = MESSAGES[code] ?? `a file of the build cannot be used, ${message}`;
  return new StageError('unwritable', `${what}: ${path ?? folder}`, {
    hint: 'Nothing half-written is left. Free space, correct the permissions or take away what is in the way, and build again.',
    cause: error,
  });
}

import { OciError } from '../error.js';

/** EFBIG and EDQUOT are limits of a process and of a user, which to them are full disks. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const DENIED = ['EACCES', 'EPERM', 'EROFS'];

/** Runs file system calls, and turns their errors into an `OciError` that names the folder and what to do. */
export async function onDisk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(dir, cause);
  }
}

/** Turns an error about a full disk or a missing permission into an `OciError`; returns any other as it is. */
export function diskError(dir: string, cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  // An error of the producer of the bytes has no system call, or it is an OciError already.
  if (cause instanceof OciError || code === undefined || syscall === undefined) return cause;
  if (FULL.includes(code)) {
    return new OciError('disk-full', `no space left in ${dir} (${code})`, {
      hint: 'Free some space, or set NX_LINUXKIT_STORE to a folder on a larger disk.',
      cause,
    });
  }
  if (DENIED.includes(code)) {
    return new OciError('no-permission', `no permission to write in ${dir} (${code})`, {
      hint: 'Make the folder writable for this user, or set NX_LINUXKIT_STORE to another one.',
      cause,
    });
  }
  return cause;
}

/** Tells whether an error says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

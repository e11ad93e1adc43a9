import { OciError } from '../error.js';

/** EFBIG and EDQUOT: the limits of a process and of a user are full disks to them. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const DENIED = ['EACCES', 'EPERM', 'EROFS'];

/** Runs file system calls; what they throw becomes an error that names the folder and what to do. */
export async function onDisk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(dir, cause);
  }
}

export function diskError(dir: string, cause: unknown): unknown {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  // Errors of the producer pass: they have no system call, or a code of their own.
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

export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

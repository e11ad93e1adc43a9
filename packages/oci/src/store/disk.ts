import { OciError } from '../error.js';

/** EFBIG and EDQUOT are limits of a process and of a user, which to them are full disks. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const DENIED = ['EACCES', 'EPERM', 'EROFS'];
/** Something else lies in the folder's place, the disk fails, or the process has too many open files. */
const UNUSABLE = [
  ...['ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOTEMPTY', 'EBUSY', 'EXDEV'],
  ...['EIO', 'ENXIO', 'ENODEV', 'ESTALE', 'EMFILE', 'ENFILE', 'EINVAL', 'ENOTSUP', 'EMLINK', 'EUCLEAN'],
];

/** Runs file system calls, and turns their errors into an `OciError` that names the folder and what to do. */
export async function onDisk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskError(dir, cause);
  }
}

/** Turns an error of a file system call into an `OciError`; returns any other as it is. */
export function diskError(dir: string, cause: unknown): unknown {
  const { code, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
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
  // A socket of a Docker daemon may be missing as well; that error is not the store's.
  if (UNUSABLE.includes(code) && syscall !== 'connect') {
    return new OciError('store-error', `${dir} cannot be used as the store (${code})`, {
      hint: 'Look at what the cause names, or set NX_LINUXKIT_STORE to a folder that exists or can be made.',
      cause,
    });
  }
  return cause;
}

/** Tells whether an error says that a file does not exist. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

import { open, type FileHandle } from 'node:fs/promises';
import { StageError } from '../../error.js';
import type { InitramfsSegment } from '../../initramfs/initramfs.js';

/** What opening a file says when something else, or nothing, stands in its place. */
const ABSENT = ['ENOENT', 'ENOTDIR', 'ELOOP'];

/** Opens the file of a segment. Throws DamagedSegment where it is missing or no file. */
export async function openSegment(segment: InitramfsSegment, path: string): Promise<FileHandle> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    throw ABSENT.includes(error.code ?? '') ? new DamagedSegment(segment) : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new DamagedSegment(segment);
}

/** The format stage catches this error, and has the segment made again. */
export class DamagedSegment extends StageError {
  constructor(readonly segment: InitramfsSegment) {
    super('missing-file', `${segment.path} is not what its stage made: expected sha256 ${segment.sha256}`, {
      hint: 'Build again; if it stays, delete the .linuxkit folder.',
    });
  }
}

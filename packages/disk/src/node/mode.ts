import type { Inode, InodeType } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';

/** The upper bits of st_mode. */
export const FILE_TYPE: Record<InodeType, number> = {
  file: 0o100000,
  dir: 0o040000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};

export const modeOf = ({ type, mode }: Inode): number => FILE_TYPE[type] | mode;

/** Linux's new_encode_dev (kdev_t.h): 12 bits of major, 20 of minor. */
export function encodeDevice([major, minor]: readonly [number, number], path: string): number {
  if (major > 0xfff || minor > 0xfffff) {
    throw new DiskError('unsupported-entry', `${path}: no file system holds device ${major}:${minor}`);
  }
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

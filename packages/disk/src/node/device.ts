import { DiskError } from '../error.js';

/**
 * A device number in 32 bits, as squashfs and erofs hold it: 12 bits of major, 20 of minor (new_encode_dev in Linux's
 * include/linux/kdev_t.h).
 *
 * @throws DiskError `unsupported-entry` for a larger number.
 */
export function encodeDevice([major, minor]: readonly [number, number], path: string): number {
  if (major > 0xfff || minor > 0xfffff) {
    throw new DiskError(
      'unsupported-entry',
      `${path}: expected a device number of at most 4095:1048575, got ${major}:${minor}`,
    );
  }
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

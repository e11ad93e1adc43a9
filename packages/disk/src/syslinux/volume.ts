import { bytesContent, type Entry } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { DEFAULT_MTIME } from '../image/bytes.js';
import { fatVolume, type FatOptions, type FatVolume } from '../fat/volume.js';
import type { SyslinuxLoader } from './extract.js';
import { ldlinuxSize, patchLdlinux } from './patch.js';

const SYS = 'ldlinux.sys';
const C32 = 'ldlinux.c32';

export type SyslinuxOptions = Omit<FatOptions, 'bootCode' | 'systemFiles'>;

/**
 * A FAT volume with syslinux installed: the tree with ldlinux.sys and ldlinux.c32 in its root, and a boot
 * sector that finds them. The tree brings syslinux.cfg. Laid out twice, as the file's content says where it
 * lies: first to learn its sectors, then with the patched bytes, which have the same size.
 */
export function syslinuxVolume(
  entries: Iterable<Entry>,
  loader: SyslinuxLoader,
  options: SyslinuxOptions = {},
): FatVolume {
  const given = [...entries].filter(({ path }) => path !== SYS && path !== C32);
  const systemFiles = new Set([SYS, C32]);
  const lay = (sys: Uint8Array, bootCode?: Uint8Array): FatVolume =>
    fatVolume(withFiles(given, { [C32]: loader.c32, [SYS]: sys }), { ...options, systemFiles, bootCode });
  const blank = lay(Buffer.alloc(ldlinuxSize(loader.sys)));
  const { file, bootSector } = patchLdlinux(loader.sys, loader.bss, {
    // The code outside of the parameter block does not depend on it.
    bootSector: new Uint8Array(512),
    sectors: blank.sectors(SYS),
  });
  return lay(file, bootSector);
}

function withFiles(entries: readonly Entry[], files: Record<string, Uint8Array>): Entry[] {
  const owner = { mode: 0o444, uid: 0, gid: 0, mtime: DEFAULT_MTIME };
  const added = Object.entries(files).map(([path, bytes]): Entry => ({
    path,
    inode: { type: 'file', ...owner, content: bytesContent(bytes) },
  }));
  return [...entries, ...added].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** altmbr.bin ends just before the byte that says which partition (1 to 4) to boot. */
export function altMbr(altmbr: Uint8Array, partition: number): Buffer {
  if (altmbr.length !== 439) {
    throw new DiskError('bad-loader', `expected altmbr.bin of 439 bytes, got ${altmbr.length}`);
  }
  if (![1, 2, 3, 4].includes(partition)) {
    throw new DiskError('bad-option', `expected a partition from 1 to 4, got ${partition}`);
  }
  return Buffer.concat([altmbr, Buffer.from([partition])]);
}

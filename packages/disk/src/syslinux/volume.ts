import { bytesContent, comparePaths, DEFAULT_MTIME, type Entry } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { fatVolume, type FatOptions, type FatVolume } from '../fat/volume.js';
import { SECTOR } from '../image/units.js';
import type { SyslinuxLoader } from './extract.js';
import { ldlinuxSize, patchLdlinux } from './patch.js';

const SYS = 'ldlinux.sys';
const C32 = 'ldlinux.c32';

/** How to make a volume with syslinux. */
export type SyslinuxOptions = Omit<FatOptions, 'bootCode' | 'systemFiles'>;

/**
 * A FAT volume with syslinux installed: the entries, ldlinux.sys and ldlinux.c32 in the root, and a boot sector that
 * starts them. The entries must have a syslinux.cfg. The volume is laid out twice, because ldlinux.sys contains its own
 * place: first to learn its sectors, then with the patched bytes, which have the same size.
 *
 * @throws DiskError as `fatVolume`, and `bad-loader` for files that are not of syslinux 4 or later.
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
    // An empty boot sector will do: `fatVolume` writes the parameter block, and no other code depends on it.
    bootSector: new Uint8Array(SECTOR),
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
  return [...entries, ...added].sort((a, b) => comparePaths(a.path, b.path));
}

/**
 * The boot code of an MBR that boots a fixed partition, 1 to 4: syslinux's altmbr.bin (439 bytes) and the byte behind it.
 *
 * @throws DiskError `bad-loader` or `bad-option`.
 */
export function altMbr(altmbr: Uint8Array, partition: number): Buffer {
  if (altmbr.length !== 439) {
    throw new DiskError('bad-loader', `expected altmbr.bin of 439 bytes, got ${altmbr.length}`);
  }
  if (![1, 2, 3, 4].includes(partition)) {
    throw new DiskError('bad-option', `expected a partition from 1 to 4, got ${partition}`);
  }
  return Buffer.concat([altmbr, Buffer.from([partition])]);
}

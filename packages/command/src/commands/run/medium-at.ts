import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { OVA_DISK } from '@nx-linuxkit/disk';
import { mediumOf, type BootMedium, type DiskFormat, type Firmware } from '@nx-linuxkit/machine';
import { CommandError } from '../../error.js';

/** Formats of a kernel with a root, by the file that only they have behind the prefix; the first one that fits is taken. */
const PREFIXES: readonly (readonly [suffix: string, format: string])[] = [
  ['-squashfs.img', 'kernel+squashfs'],
  ['-erofs.img', 'kernel+erofs'],
  ['-initrd.img', 'kernel+initrd'],
  ['.iso', 'kernel+iso'],
];

/** What the flags say about the path. */
export interface MediumFlags {
  readonly iso: boolean;
  readonly kernel: boolean;
  readonly squashfs: boolean;
  readonly firmware?: Firmware;
}

/**
 * What a path boots, as LinuxKit decides it: an existing file is an ISO or a disk; else the path is what the names of a
 * kernel and its root begin with. Throws CommandError `bad-argument` where nothing is there.
 */
export async function mediumAt(path: string, flags: MediumFlags): Promise<BootMedium> {
  const { firmware } = flags;
  const medium = prefixMedium(path, flags) ?? (await fileMedium(path, flags));
  if (medium) return { ...medium, ...(firmware && { firmware }) } as BootMedium;
  throw new CommandError('bad-argument', `nothing to boot at ${path}: no such file, and no ${path}-kernel`, {
    hint: 'Name a disk, an ISO, or the --dir and --name of a build of kernel+initrd.',
  });
}

function prefixMedium(path: string, { iso, kernel, squashfs }: MediumFlags): BootMedium | undefined {
  if (squashfs) return mediumOf('kernel+squashfs', path);
  if (kernel) return mediumOf('kernel+initrd', path);
  if (iso || existsSync(path) || !existsSync(`${path}-kernel`)) return undefined;
  const [, format = 'kernel+initrd'] = PREFIXES.find(([suffix]) => existsSync(path + suffix)) ?? [];
  return mediumOf(format, path);
}

async function fileMedium(path: string, { iso }: MediumFlags): Promise<BootMedium | undefined> {
  if (!existsSync(path)) return undefined;
  if (iso || path.endsWith('.iso')) return { kind: 'iso', path };
  if (path.endsWith('.efi')) return { kind: 'efi', path };
  if (path.endsWith('.ipxe')) return { kind: 'netboot', path };
  if (path.endsWith('.tar.gz')) return { kind: 'disk', path, archived: 'disk.raw' };
  if (path.endsWith('.ova')) return { kind: 'disk', path, archived: OVA_DISK, format: 'vmdk' };
  const format = await diskFormat(path);
  // LinuxKit lets the guest write to the disk that it boots.
  return {
    kind: 'disk',
    path,
    format,
    writable: true,
    ...(format === 'vpc' && { interface: 'ide' as const }),
  };
}

/** Where each container of a disk has its magic number; negative offsets count from the end of the file. */
const MAGIC: readonly (readonly [format: DiskFormat, magic: string, offset: number])[] = [
  ['qcow2', 'QFI\xfb', 0],
  ['vmdk', 'KDMV', 0],
  ['vhdx', 'vhdxfile', 0],
  ['vpc', 'conectix', 0],
  ['vpc', 'conectix', -512],
];

/** The container of a disk image, by its magic number; raw for all others. */
export async function diskFormat(path: string): Promise<DiskFormat> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (const [format, magic, offset] of MAGIC) {
      const expected = Buffer.from(magic, 'latin1');
      const found = Buffer.alloc(expected.length);
      await file.read(found, 0, found.length, Math.max(0, offset < 0 ? size + offset : offset));
      if (found.equals(expected)) return format;
    }
    return 'raw';
  } finally {
    await file.close();
  }
}

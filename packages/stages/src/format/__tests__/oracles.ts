import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, readSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 2 ** 20;

/** Runs a tool and gives its output; throws when the tool fails. */
export function run(program: string, ...args: string[]): string {
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const options = { maxBuffer: 64 * MIB, timeout: 60_000, env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' } };
  return execFileSync(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }).toString('latin1');
}

/**
 * Reads a file of a disk's FAT partition: by qemu-img, which makes the disk raw, fsck.fat, which checks it, and
 * mtools.
 */
export function fatFile(disk: string, format: string, name: string): string {
  return inScratch((folder) => {
    const raw = join(folder, 'disk.raw');
    run('qemu-img', 'convert', '-f', format, '-O', 'raw', disk, raw);
    const volume = join(folder, 'volume');
    writeFileSync(volume, partition(raw));
    run('fsck.fat', '-n', volume);
    return run('mtype', '-i', volume, `::${name}`);
  });
}

/** The names of the versions on the ESP of a raw disk with room for two. */
export function slotsOf(disk: string): string[] {
  return inScratch((folder) => {
    const volume = join(folder, 'volume');
    writeFileSync(volume, partition(disk));
    return run('mdir', '-b', '-i', volume, '::EFI/Linux')
      .trim()
      .split('\n')
      .map((path) => path.replace(/^.*\//, ''));
  });
}

/** The bytes of the first partition, by its entry in the MBR, or in the GPT where the MBR is protective. */
function partition(raw: string): Buffer {
  const file = openSync(raw, 'r');
  const read = (offset: number, length: number) => {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, offset);
    return bytes;
  };
  try {
    const mbr = read(446, 16);
    if (mbr[4] !== 0xee) return read(mbr.readUInt32LE(8) * 512, mbr.readUInt32LE(12) * 512);
    const entry = read(1024, 128);
    const [first, last] = [Number(entry.readBigUInt64LE(32)), Number(entry.readBigUInt64LE(40))];
    return read(first * 512, (last - first + 1) * 512);
  } finally {
    closeSync(file);
  }
}

/** Reads a file of an ISO by xorriso, which also checks the El Torito entries. */
export function isoFile(iso: string, name: string): string {
  return inScratch((folder) => {
    const out = join(folder, 'out');
    run('xorriso', '-osirrox', 'on', '-indev', `stdio:${iso}`, '-extract', name, out);
    return readFileSync(out, 'latin1');
  });
}

/** Unpacks `disk.raw` of a tar.gz by GNU tar. */
export function withUnpackedDisk(archive: string, use: (disk: string) => void): void {
  inScratch((folder) => {
    run('tar', '-xzSf', archive, '-C', folder);
    use(join(folder, 'disk.raw'));
  });
}

function inScratch<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'formats-spec-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

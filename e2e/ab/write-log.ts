import { closeSync, copyFileSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { BootOptions } from '@nx-linuxkit/machine';

/**
 * What a machine writes to its disk, in the order in which the disk had it, as QEMU's driver blklogwrites records it in the format of
 * dm-log-writes (https://docs.kernel.org/admin-guide/device-mapper/log-writes.html). So one run gives the disk after a power loss at
 * any write.
 */

/** One write, or the flush of a disk's cache. */
export interface DiskWrite {
  /** Where it lies on the disk; bytes. */
  readonly at: number;
  /** Bytes; 0 of a flush. */
  readonly size: number;
  /** Where the log has its data; bytes. */
  readonly from: number;
  /** Whether all writes before it are safe. */
  readonly isFlush: boolean;
}

const SECTOR = 512;
const FLUSH = 1n;
const FUA = 2n;
const DISCARD = 4n;
/** `#define WRITE_LOG_MAGIC` of QEMU's block/blklogwrites.c. */
const MAGIC = 0x6a736677736872n;

/** Options of a machine whose disk is logged; the disk is its medium. */
export function logged(disk: string, log: string): Partial<BootOptions> {
  const file = (filename: string) => ({ driver: 'file', filename });
  const image = { driver: 'raw', file: { driver: 'blklogwrites', file: file(disk), log: file(log) } };
  return { args: ['-set', `drive.boot.file=json:${JSON.stringify(image)}`] };
}

/** Reads a log. A record that is not yet whole ends it. */
export function readWrites(log: string): DiskWrite[] {
  const file = openSync(log, 'r');
  try {
    const header = Buffer.alloc(SECTOR);
    readSync(file, header, 0, SECTOR, 0);
    if (header.readBigUInt64LE(0) !== MAGIC) throw new Error(`${log} is no log of writes`);
    const end = fstatSync(file).size;
    const writes: DiskWrite[] = [];
    for (let at = SECTOR; at + SECTOR <= end;) {
      readSync(file, header, 0, SECTOR, at);
      const [sector, sectors, flags] = [0, 8, 16].map((offset) => header.readBigUInt64LE(offset));
      const from = at + SECTOR;
      const size = (flags! & DISCARD) === 0n ? Number(sectors) * SECTOR : 0;
      at = from + size;
      if (at <= end)
        writes.push({ at: Number(sector) * SECTOR, size, from, isFlush: (flags! & (FLUSH | FUA)) !== 0n });
    }
    return writes;
  } finally {
    closeSync(file);
  }
}

/** Makes the disk `target`: `base` with these writes in their order. */
export function diskAfter(base: string, log: string, writes: readonly DiskWrite[], target: string): void {
  copyFileSync(base, target);
  const [source, disk] = [openSync(log, 'r'), openSync(target, 'r+')];
  try {
    for (const { at, size, from } of writes) {
      const data = Buffer.alloc(size);
      readSync(source, data, 0, size, from);
      writeSync(disk, data, 0, size, at);
    }
  } finally {
    closeSync(source);
    closeSync(disk);
  }
}

/** How a power loss treats what the disk has not yet flushed from its cache. */
export type Loss = 'nothing' | 'every other write' | 'half of the last write';

/** The writes that a disk keeps when the power goes after `count` of them. What was flushed is safe. */
export function keptWrites(writes: readonly DiskWrite[], count: number, loss: Loss): DiskWrite[] {
  const begun = writes.slice(0, count);
  const safe = begun.reduce((last, { isFlush }, index) => (isFlush ? index + 1 : last), 0);
  const [kept, open] = [begun.slice(0, safe), begun.slice(safe)];
  if (loss === 'nothing') return begun;
  if (loss === 'every other write') return [...kept, ...open.filter((_, index) => index % 2 === 0)];
  const last = open.pop();
  const half = (bytes: number) => Math.floor(bytes / SECTOR / 2) * SECTOR;
  return [...kept, ...open, ...(last ? [{ ...last, size: half(last.size) }] : [])];
}

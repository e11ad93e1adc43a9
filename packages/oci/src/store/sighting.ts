import type { BigIntStats } from 'node:fs';

/** Milliseconds since the last change. A second change within one tick of the clock would not change the times. */
const SETTLED = 100;
/** The same where times are whole seconds: some file systems keep no more, and FAT keeps even seconds alone. */
const SETTLED_SECONDS = 2_100;
const SECOND = 1_000_000_000n;

/** The state of a file before its bytes are verified. */
export interface Sighting {
  /** Device, inode, size and times to the nanosecond. */
  readonly identity: string;
  /** False if the file changed so recently that another change could go unseen. */
  readonly settled: boolean;
}

/**
 * Returns by what a verified file is recognised later. A settled file with the same identity still has the bytes
 * that were verified, because every write changes its ctime, which no program can set. Git does the same.
 */
export function sightingOf({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Sighting {
  return {
    identity: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
    settled: Date.now() - Number(ctimeMs) > (ctimeNs % SECOND === 0n ? SETTLED_SECONDS : SETTLED),
  };
}

import type { BigIntStats } from 'node:fs';

/** Milliseconds that a file must have been left alone: within one tick of the clock a change does not show. */
const SETTLED = 100;

/** A file as it is before it is looked at. */
export interface Sighting {
  /** Its inode, its size and its times to the nanosecond. */
  readonly identity: string;
  readonly settled: boolean;
}

/**
 * What a file that was found right is known by. As git does it, it is taken for the same while this is: whatever writes
 * to a file changes its ctime, which no program can set.
 */
export function sightingOf({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Sighting {
  return {
    identity: [dev, ino, size, mtimeNs, ctimeNs].join(' '),
    settled: Date.now() - Number(ctimeMs) > SETTLED,
  };
}

import type { BigIntStats } from 'node:fs';
import { sightingOf } from './sighting.js';

/** A file that changed some milliseconds ago, with its time rounded down to a number of nanoseconds. */
function changed(ago: number, step = 1n): BigIntStats {
  const exact = BigInt(Date.now() - ago) * 1_000_000n + 1n;
  const ctimeNs = exact - (exact % step);
  const same = { dev: 1n, ino: 2n, size: 3n, mtimeNs: ctimeNs, ctimeNs, ctimeMs: ctimeNs / 1_000_000n };
  return same as BigIntStats;
}

it.each([
  ['just now', 0, 1n, false],
  ['a tick of the clock ago', 50, 1n, false],
  ['a while ago', 200, 1n, true],
  ['in this second, where times are seconds', 0, 1_000_000_000n, false],
  ['in these two seconds, where times are even seconds', 0, 2_000_000_000n, false],
  ['some seconds ago, where times are seconds', 3_000, 1_000_000_000n, true],
])('a file that changed %s is settled or not', (_, ago, step, settled) => {
  expect(sightingOf(changed(ago, step)).settled).toBe(settled);
});

it.each(['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const)('another %s is another file', (name) => {
  const file = changed(1_000);
  const other = { ...file, [name]: file[name] + 1n } as BigIntStats;
  expect(sightingOf(other).identity).not.toBe(sightingOf(file).identity);
});

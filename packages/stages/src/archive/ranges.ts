import type { Compressor } from '../plan/settings.js';
import type { Body, Range } from './body.js';
import { joinBodies } from './envelope.js';

/** Where some parts of a segment lie in its file, in order; `taken` has their indexes, in order. Neighbours are one range. */
export function rangesOf(parts: readonly Body[], taken: readonly number[], compressor: Compressor): Range[] {
  const ranges: Range[] = [];
  const wanted = new Set(taken);
  let at = 0;
  for (const [i, { size, plain, crc }] of parts.entries()) {
    const last = ranges.at(-1);
    const range = { start: at, size, plain, crc };
    at += size;
    if (!wanted.has(i)) continue;
    if (last && last.start + last.size === range.start)
      ranges[ranges.length - 1] = { start: last.start, ...joinBodies([last, range], compressor) };
    else ranges.push(range);
  }
  return ranges;
}

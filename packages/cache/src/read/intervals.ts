import type { Range } from '../place/place.js';

/** A gap between two ranges of this many bytes is read with them: a request costs more. */
const GAP = 16 << 10;

/** Sorts ranges, and joins those that touch or are close to each other. */
export function joined(ranges: readonly Range[], gap = GAP): Range[] {
  const sorted = [...ranges].filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
  const result: Range[] = [];
  for (const { start, end } of sorted) {
    const last = result[result.length - 1];
    if (last && start - last.end <= gap) {
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, end) };
    } else result.push({ start, end });
  }
  return result;
}

/** The parts of `wanted` that no range of `present` has. Both are sorted and do not overlap. */
export function missing(wanted: readonly Range[], present: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const { start, end } of wanted) {
    let at = start;
    for (const have of present) {
      if (have.end <= at || have.start >= end) continue;
      if (have.start > at) result.push({ start: at, end: have.start });
      at = Math.max(at, have.end);
    }
    if (at < end) result.push({ start: at, end });
  }
  return result;
}

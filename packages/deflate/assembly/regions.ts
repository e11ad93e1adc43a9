// Tracks regions: kept ranges of the input that are contiguous in the output too. They tell what becomes of a match,
// whose source may lie in another region than its copy.

import { MAX_DISTANCE, MIN_MATCH } from './format';
import { markChanged } from './edits';
import { matchToken, pushLiterals, pushToken } from './tokens';
import { positionOf } from './window';

/**
 * Number of remembered regions, a power of two. More of them in 32 KiB would have 8 bytes on average. A match whose
 * source lies in an older region becomes literals.
 */
const CAPACITY: u32 = 4096;
const OPEN: u64 = u64.MAX_VALUE;

const STARTS: usize = memory.data(4096 * 8, 16);
const ENDS: usize = memory.data(4096 * 8, 16);
/** Position in the output minus position in the input. */
const DELTAS: usize = memory.data(4096 * 8, 16);

let count: u32 = 0;
/** Position in the output up to the last closed region or insert. */
let outPosition: u64 = 0;
export let keeping: bool = false;
/** Position in the plain input at which the current region begins, while keeping. */
export let regionStart: u64 = 0;

export function resetRegions(): void {
  count = 0;
  outPosition = 0;
  keeping = false;
  regionStart = 0;
}

// @ts-ignore: decorator
@inline
function slot(index: u32): usize {
  return (index & (CAPACITY - 1)) << 3;
}

export function openRegion(position: u64): void {
  const delta = outPosition - position;
  keeping = true;
  const last = slot(count - 1);
  if (count > 0 && load<u64>(ENDS + last) == position && load<u64>(DELTAS + last) == delta) {
    store<u64>(ENDS + last, OPEN);
    regionStart = load<u64>(STARTS + last);
    return;
  }
  const next = slot(count++);
  regionStart = position;
  store<u64>(STARTS + next, position);
  store<u64>(ENDS + next, OPEN);
  store<u64>(DELTAS + next, delta);
}

export function closeRegion(position: u64): void {
  if (!keeping) return;
  const last = slot(count - 1);
  outPosition = position + load<u64>(DELTAS + last);
  store<u64>(ENDS + last, position);
  keeping = false;
}

/** Counts inserted bytes, outside of a region. */
export function inserted(bytes: u64): void {
  outPosition += bytes;
}

export function outputPosition(): u64 {
  return outPosition;
}

/** Index of the last region that begins at or before `position`; one less than the oldest known if there is none. */
function regionAt(position: u64): u32 {
  let low = count > CAPACITY ? count - CAPACITY : 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(STARTS + slot(middle)) <= position) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Pushes tokens for a match of `length` kept bytes at `ptr` with `distance`, piece by piece: a piece whose source is
 * kept becomes a match with the distance in the output, any other piece becomes literals.
 */
export function pushMatch(ptr: usize, length: u32, distance: u32): void {
  const here = load<u64>(DELTAS + slot(count - 1));
  const oldest = count > CAPACITY ? count - CAPACITY : 0;
  const all = length;
  let source = positionOf(ptr) - distance;
  while (length > 0) {
    const region = regionAt(source);
    const known = region + 1 > oldest;
    const end = known ? load<u64>(ENDS + slot(region)) : 0;
    const isKept = end > source;
    const next = isKept ? end : region + 1 < count ? load<u64>(STARTS + slot(region + 1)) : OPEN;
    const piece = next - source < (length as u64) ? (next - source) as u32 : length;
    const moved = distance as u64 + here - (isKept ? load<u64>(DELTAS + slot(region)) : 0);
    if (isKept && piece >= MIN_MATCH && moved <= (MAX_DISTANCE as u64)) {
      if (piece != all || moved != (distance as u64)) markChanged();
      pushToken(matchToken(piece, moved as u32));
    } else {
      markChanged();
      pushLiterals(ptr, piece);
    }
    ptr += piece;
    source += piece as u64;
    length -= piece;
  }
}

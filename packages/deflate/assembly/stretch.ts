// Blocks that are copied bit for bit without being read: whoever drives has an index that says where they end, and
// what the window has then.

import { bitOffset, IN, inEnd, inputLast, readFrom } from './input';
import { outputFull, putBitsOf } from './output';
import { NEED_INPUT, OK, OUTPUT_FULL, TRUNCATED } from './status';

/** Copied at once: fits into the output several times. */
const PIECE: u64 = 1 << 19;

/** Before a block at or behind this position of the plain input, it is asked whether a stretch begins. */
export let stretchStart: u64 = u64.MAX_VALUE;
let left: u64 = 0;

export function resetStretch(): void {
  stretchStart = u64.MAX_VALUE;
  left = 0;
}

export function setStretchStart(position: u64): void {
  stretchStart = position;
}

export function beginStretch(bits: u64): void {
  left = bits;
}

/** OK when all of it is copied. */
export function runStretch(): i32 {
  while (left > 0) {
    if (outputFull()) return OUTPUT_FULL;
    const from = bitOffset();
    const there = (((inEnd - IN) as u32) << 3) - from;
    if (there == 0) return inputLast ? TRUNCATED : NEED_INPUT;
    const to = from + (min(min(left, there as u64), PIECE) as u32);
    putBitsOf(IN, from, to);
    readFrom(to);
    left -= (to - from) as u64;
  }
  return OK;
}

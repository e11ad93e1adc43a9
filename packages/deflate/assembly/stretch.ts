// Copies blocks bit for bit without decoding them. The caller's index knows where they end and what the window holds
// there.

import { bitOffset, IN, inEnd, inputLast, readFrom } from './input';
import { outputFull, putBitsOf } from './output';
import { NEED_INPUT, OK, OUTPUT_FULL, TRUNCATED } from './status';

/** Bits copied at one time: they fit into the output buffer several times. */
const PIECE: u64 = 1 << 19;

/** Before the first block at or behind this position of the plain input, the caller is asked whether a stretch begins. */
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

/** Copies the stretch as far as input and output allow; returns OK when all of it is copied. */
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

// The window of plain bytes: the last 32 KiB, which matches can reach, and the bytes behind them.

import { MAX_DISTANCE, MAX_MATCH } from './format';

const FRESH: usize = 1 << 17;
/** Bytes that a slide keeps: the history, and a match that was copied but not settled yet. */
const KEPT: usize = (MAX_DISTANCE as usize) + 2 * (MAX_MATCH as usize);
/** Room behind the limit for the longest match, written by eight bytes at a time. */
const SLACK: usize = 1024;

export const WINDOW: usize = memory.data((KEPT + FRESH + SLACK) as i32, 16);
/** No token begins at or behind this address. */
export const WINDOW_LIMIT: usize = WINDOW + KEPT + FRESH;

export let winPtr: usize = WINDOW;
/** Position in the plain input of the byte at WINDOW; it only grows. */
let windowBase: u64 = 0;

export function resetWindow(): void {
  winPtr = WINDOW;
  windowBase = 0;
}

export function setWindow(ptr: usize): void {
  winPtr = ptr;
}

export function slideWindow(): void {
  const by = winPtr - WINDOW - KEPT;
  memory.copy(WINDOW, WINDOW + by, KEPT);
  windowBase += by as u64;
  winPtr -= by;
}

/** Continues at a position, after the caller has written the 32 KiB before it to the start of the window. */
export function setHistory(position: u64): void {
  winPtr = WINDOW + (MAX_DISTANCE as usize);
  windowBase = position - (MAX_DISTANCE as u64);
}

// @ts-ignore: decorator
@inline
export function positionOf(ptr: usize): u64 {
  return windowBase + (ptr - WINDOW) as u64;
}

/** The address of a position: WINDOW if it has left the window, the end of memory if it is far ahead. */
export function addressOf(position: u64): usize {
  if (position <= windowBase) return WINDOW;
  const offset = position - windowBase;
  return offset > 0x40000000 ? 0x7fffffff : WINDOW + (offset as usize);
}

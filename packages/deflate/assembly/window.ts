// The plain bytes of the input: the last 32 KiB, which matches reach back to, and what came since.

import { MAX_DISTANCE, MAX_MATCH } from './format';

const FRESH: usize = 1 << 17;
/** What a slide leaves: the history, and a match that has been copied but not settled yet. */
const KEPT: usize = (MAX_DISTANCE as usize) + 2 * (MAX_MATCH as usize);
/** Room for the longest match to be written whole, and by eight bytes at a time. */
const SLACK: usize = 1024;

export const WINDOW: usize = memory.data((KEPT + FRESH + SLACK) as i32, 16);
/** No token begins at or behind this. */
export const WINDOW_LIMIT: usize = WINDOW + KEPT + FRESH;

export let winPtr: usize = WINDOW;
/** Position in the plain input of the byte at WINDOW. Wraps below zero never: it only grows. */
export let windowBase: u64 = 0;

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

/** The window's start has been given the bytes that lie right before a position. */
export function setHistory(position: u64): void {
  winPtr = WINDOW + (MAX_DISTANCE as usize);
  windowBase = position - (MAX_DISTANCE as u64);
}

// @ts-ignore: decorator
@inline
export function positionOf(ptr: usize): u64 {
  return windowBase + (ptr - WINDOW) as u64;
}

/** Where a position lies in the window: its start if it has left it, the end of memory if it is far ahead. */
export function addressOf(position: u64): usize {
  if (position <= windowBase) return WINDOW;
  const offset = position - windowBase;
  return offset > 0x40000000 ? 0x7fffffff : WINDOW + (offset as usize);
}

// Turns inserted bytes into tokens. They are archive headers that resemble earlier ones, so matches are looked for in
// earlier inserts only, at two places: as far back as the last match, and where the same four bytes came last.

import { MAX_DISTANCE, MAX_MATCH } from './format';
import { inserted, outputPosition } from './regions';
import { matchToken, pushToken } from './tokens';

const CAPACITY: usize = 1 << 16;
export const INSERT: usize = memory.data(CAPACITY as i32, 16);

/** A ring of the inserted bytes that a distance can reach, by their running number, with their output positions. */
const RING: u32 = 1 << 15;
const BYTES: usize = memory.data(1 << 15, 16);
const POSITIONS: usize = memory.data(1 << 18, 16);

const HASH_BITS: u32 = 13;
const HASHES: usize = memory.data(1 << 15, 16);
/** Length of the shortest match: a shorter one costs about as much as its literals. */
const WORTH: u32 = 4;

/** Running number of the next inserted byte. It does not begin at zero, because zero marks empty hash slots. */
let number: u32 = RING * 2;
/** How many inserted bytes back the last match began. Behind a field that differs, a header continues like that one. */
let lastBack: u32 = 0;
// The best match so far for the next byte.
let length: u32 = 0;
let nextBack: u32 = 0;
let distance: u32 = 0;

export function resetInserts(): void {
  memory.fill(HASHES, 0, 1 << 15);
  number = RING * 2;
  lastBack = 0;
}

export function insertCapacity(): usize {
  return CAPACITY;
}

/** Pushes one token for the `left` bytes at `ptr`. Returns the number of bytes that it stands for. */
export function insertToken(ptr: usize, left: u32): u32 {
  length = 0;
  if (left >= WORTH) {
    consider(ptr, left, number - lastBack);
    consider(ptr, left, load<u32>(hashOf(ptr)));
  }
  const step: u32 = length < WORTH ? 1 : length;
  if (step == 1) {
    pushToken(load<u8>(ptr));
  } else {
    pushToken(matchToken(length, distance));
    lastBack = nextBack;
  }
  for (let i: u32 = 0; i < step; i++) remember(ptr + i, left - i);
  return step;
}

/** Compares the bytes with the inserted bytes from number `candidate` on, and takes the match if it is the longest. */
function consider(ptr: usize, left: u32, candidate: u32): void {
  const back = number - candidate;
  if (back == 0 || back >= RING) return;
  const from = positionOf(candidate);
  const far = outputPosition() - from;
  if (far > (MAX_DISTANCE as u64)) return;
  // A match may overlap itself only if nothing but inserted bytes lies between the candidate and the output's end.
  let limit = min(left, MAX_MATCH);
  if (far != (back as u64)) limit = min(limit, back);
  let n: u32 = 0;
  while (n < limit && (n < back ? sameAt(candidate + n, ptr + n, from + n) : sameBytes(ptr + n, back))) n++;
  if (n <= length) return;
  length = n;
  distance = far as u32;
  nextBack = back;
}

// @ts-ignore: decorator
@inline
function sameAt(n: u32, ptr: usize, position: u64): bool {
  return byteOf(n) == load<u8>(ptr) && positionOf(n) == position;
}

// @ts-ignore: decorator
@inline
function sameBytes(ptr: usize, back: u32): bool {
  return load<u8>(ptr) == load<u8>(ptr - back);
}

function remember(ptr: usize, left: u32): void {
  store<u8>(BYTES + (number & (RING - 1)), load<u8>(ptr));
  store<u64>(POSITIONS + ((number & (RING - 1)) << 3), outputPosition());
  if (left >= 4) store<u32>(hashOf(ptr), number);
  number++;
  inserted(1);
}

// @ts-ignore: decorator
@inline
function byteOf(n: u32): u8 {
  return load<u8>(BYTES + (n & (RING - 1)));
}

// @ts-ignore: decorator
@inline
function positionOf(n: u32): u64 {
  return load<u64>(POSITIONS + ((n & (RING - 1)) << 3));
}

// @ts-ignore: decorator
@inline
function hashOf(ptr: usize): usize {
  return HASHES + (((load<u32>(ptr) * 0x9e3779b1) >> (32 - HASH_BITS)) << 2);
}

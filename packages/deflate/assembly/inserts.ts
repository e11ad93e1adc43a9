// Inserted bytes as tokens. What is inserted resembles what was inserted before (archive headers), so matches are
// looked for there only: as far back as the last match was, and where the same four bytes were seen last.

import { MAX_DISTANCE, MAX_MATCH } from './format';
import { inserted, outputPosition } from './regions';
import { matchToken, pushToken } from './tokens';

const CAPACITY: usize = 1 << 16;
export const INSERT: usize = memory.data(CAPACITY as i32, 16);

/** Inserted bytes that a distance can still reach, by the number of the byte, with their positions in the output. */
const RING: u32 = 1 << 15;
const BYTES: usize = memory.data(1 << 15, 16);
const POSITIONS: usize = memory.data(1 << 18, 16);

const HASH_BITS: u32 = 13;
const HASHES: usize = memory.data(1 << 15, 16);
/** A shorter match costs about as much as its literals. */
const WORTH: u32 = 4;

/** Number of the next inserted byte. Does not begin at zero, which is what the hash table has where it is empty. */
let number: u32 = RING * 2;
/** How many inserted bytes ago the last match began: behind a field that differs, a header goes on as that one did. */
let lastBack: u32 = 0;
// The best match for the next byte so far.
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

/** One token for the bytes at `ptr`, of which there are `left`. Returns how many it stands for. */
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

/** Takes the match with inserted byte `candidate` and those after it, if it is the longest so far. */
function consider(ptr: usize, left: u32, candidate: u32): void {
  const back = number - candidate;
  if (back == 0 || back >= RING) return;
  const from = positionOf(candidate);
  const far = outputPosition() - from;
  if (far > (MAX_DISTANCE as u64)) return;
  // Where all since the candidate was inserted in one piece, the match may run on into itself.
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

// What was changed in the current input block, so that all around it can be copied bit for bit.

import { bitOffset } from './input';
import { tokenPtr } from './tokens';

/** What fewEdits() allows in 32,768 tokens, which is gzip's block; zlib's has half as many. */
const CAPACITY: u32 = 4096;
/** So much of a block stays in the input's buffer, of which it is half. All tokens that fit have fewer bits. */
const MAX_BLOCK_BITS: u32 = 1 << 22;
const NONE: u32 = 0xffffffff;

// Four u32 each: up to which bit the input is copied, the tokens that follow (from, to), and where copying resumes.
const EDITS: usize = memory.data(4096 * 16, 16);

/** The current block's tokens are not all the input's. */
export let changed: bool = false;
let count: u32 = 0;
let open: bool = false;
/** The tokens of all edits that are closed. */
let editedTokens: u32 = 0;
/** Too many edits, or a part of the block has been written already. */
let hopeless: bool = false;
/** Where the block begins, in bits from IN. */
export let blockStart: u32 = 0;
/** Where its first token begins, in bits from there. */
let headerBits: u32 = 0;
/** Like blockStart, the match that has been read but not settled; NONE if there is none. */
let matchStart: u32 = NONE;

export function resetEdits(): void {
  changed = false;
  matchStart = NONE;
}

/** A block began at `bit`, and its header has been read. */
export function beginEdits(bit: u32): void {
  changed = false;
  open = false;
  hopeless = false;
  count = 0;
  editedTokens = 0;
  blockStart = bit;
  headerBits = bitOffset() - bit;
}

/** The input's bytes moved down in its buffer. */
export function moveBlockStart(bits: u32): void {
  blockStart -= bits;
}

export function setMatchStart(bit: u32): void {
  matchStart = bit;
}

export function matchSettled(): void {
  matchStart = NONE;
}

/** From here on, the tokens are not the input's. */
// @ts-ignore: decorator
@inline
export function markChanged(): void {
  if (!open) openEdit();
}

function openEdit(): void {
  changed = true;
  open = true;
  const bit = (matchStart != NONE ? matchStart : bitOffset()) - blockStart;
  if (count > 0 && load<u32>(edit(count - 1), 12) == bit) {
    count--;
    editedTokens -= tokensOf(count);
    return;
  }
  if (count == CAPACITY) hopeless = true;
  if (hopeless) return;
  store<u32>(edit(count), bit);
  store<u32>(edit(count), tokenPtr as u32, 4);
}

/** From here on they are again. */
// @ts-ignore: decorator
@inline
export function markUnchanged(bit: u32): void {
  if (open) closeEdit(bit);
}

function closeEdit(bit: u32): void {
  open = false;
  if (hopeless) return;
  store<u32>(edit(count), tokenPtr as u32, 8);
  store<u32>(edit(count), bit - blockStart, 12);
  editedTokens += tokensOf(count++);
}

/** The block cannot be copied any more. */
export function giveUpEdits(): void {
  changed = true;
  open = true;
  hopeless = true;
}

/** The block's bits must stay where they are. Asked only between chunks: what it decides fewEdits() decides too. */
export function blockNeeded(): bool {
  if (bitOffset() - blockStart > MAX_BLOCK_BITS) hopeless = true;
  return !hopeless;
}

/**
 * All edits are few and small against a block of `tokens`: each costs a break in the copying, and many new tokens would
 * suffer from codes that were not made for them. The limits decide time; the output's size hardly depends on them.
 */
export function fewEdits(tokens: u32): bool {
  return !hopeless && bitOffset() - blockStart <= MAX_BLOCK_BITS && editedTokens * 4 <= tokens && count * 8 <= tokens;
}

export function bodyStart(): u32 {
  return blockStart + headerBits;
}

export function editCount(): u32 {
  return count;
}

// @ts-ignore: decorator
@inline
function edit(index: u32): usize {
  return EDITS + (index << 4);
}

// @ts-ignore: decorator
@inline
export function copyUpTo(index: u32): u32 {
  return blockStart + load<u32>(edit(index));
}

// @ts-ignore: decorator
@inline
export function tokensFrom(index: u32): usize {
  return load<u32>(edit(index), 4);
}

// @ts-ignore: decorator
@inline
export function tokensTo(index: u32): usize {
  return load<u32>(edit(index), 8);
}

// @ts-ignore: decorator
@inline
export function resumeAt(index: u32): u32 {
  return blockStart + load<u32>(edit(index), 12);
}

function tokensOf(index: u32): u32 {
  return ((tokensTo(index) - tokensFrom(index)) >> 2) as u32;
}

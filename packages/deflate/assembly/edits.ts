// Records what was changed in the current input block, so that all bits around the changes can be copied.

import { bitOffset } from './input';
import { tokenPtr } from './tokens';

/** The number of edits that fewEdits() allows in 32,768 tokens, which is gzip's largest block; zlib's has half as many. */
const CAPACITY: u32 = 4096;
/** Bits of the largest block that can be copied: half of the input's buffer, and more than all tokens that fit. */
const MAX_BLOCK_BITS: u32 = 1 << 22;
const NONE: u32 = 0xffffffff;

// Four u32 for each edit: the bit up to which the input is copied, the new tokens (from, to), the bit to resume at.
const EDITS: usize = memory.data(4096 * 16, 16);

/** Whether the tokens of the current block differ from the input's. */
export let changed: bool = false;
let count: u32 = 0;
let open: bool = false;
/** Number of tokens in all closed edits. */
let editedTokens: u32 = 0;
/** Whether the block can no longer be copied: it has too many edits, or a part of it is written already. */
let hopeless: bool = false;
/** The block's first bit, counted from IN. */
export let blockStart: u32 = 0;
/** Length of the block's header in bits. */
let headerBits: u32 = 0;
/** The first bit, counted from IN, of a match that was read but not settled; NONE if there is none. */
let matchStart: u32 = NONE;

export function resetEdits(): void {
  changed = false;
  matchStart = NONE;
}

/** Begins a block whose first bit is `bit` and whose header has been read. */
export function beginEdits(bit: u32): void {
  changed = false;
  open = false;
  hopeless = false;
  count = 0;
  editedTokens = 0;
  blockStart = bit;
  headerBits = bitOffset() - bit;
}

/** Follows the input's bytes after they have moved down in their buffer by `bits`. */
export function moveBlockStart(bits: u32): void {
  blockStart -= bits;
}

export function setMatchStart(bit: u32): void {
  matchStart = bit;
}

export function matchSettled(): void {
  matchStart = NONE;
}

/** Begins an edit: from here on, the tokens differ from the input's. */
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

/** Ends an edit: from `bit` on, the tokens are the input's again. */
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

/** Gives up copying the block. */
export function giveUpEdits(): void {
  changed = true;
  open = true;
  hopeless = true;
}

/**
 * Whether the block's bits must stay in the input's buffer. It is asked only between chunks, so it decides nothing that
 * fewEdits() would not decide as well: the output must not depend on chunks.
 */
export function blockNeeded(): bool {
  if (bitOffset() - blockStart > MAX_BLOCK_BITS) hopeless = true;
  return !hopeless;
}

/**
 * Whether the edits are few and small for a block of `tokens` tokens. Each edit interrupts the copying, and many new
 * tokens would suffer from codes made for others. The limits affect the time; the output's size hardly depends on them.
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

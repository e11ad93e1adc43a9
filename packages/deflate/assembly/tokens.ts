// The buffer of tokens to write: first the tokens that wait for more to make a block, then those of the current input
// block.
//
// A token is a literal's value, or MATCH with length and distance, both counted from zero.

import { MAX_STORED, MIN_MATCH } from './format';

/** Tokens that are worth a block, whose tables take 60 to 90 bytes. Fewer tokens wait for more. */
const MIN_BLOCK: usize = 4096;
/** Room for the largest stored block behind the tokens that wait. */
const CAPACITY: usize = MIN_BLOCK + (MAX_STORED as usize) + 1;
/** Extra room: it is checked before a token is read, and one match or insert can become many tokens. */
const SLACK: usize = 1024;

const SHIFT: usize = 2;

export const TOKENS: usize = memory.data(((CAPACITY + SLACK) << SHIFT) as i32, 16);
export const MIN_BLOCK_TOKENS: usize = MIN_BLOCK;

export const MATCH: u32 = 0x80000000;
const LENGTH_SHIFT: u32 = 15;

export let tokenPtr: usize = TOKENS;
/** The first token of the current input block. */
export let blockTokens: usize = TOKENS;

export function resetTokens(): void {
  tokenPtr = TOKENS;
  blockTokens = TOKENS;
}

export function setTokens(ptr: usize): void {
  tokenPtr = ptr;
}

export function beginBlockTokens(): void {
  blockTokens = tokenPtr;
}

// @ts-ignore: decorator
@inline
export function matchToken(length: u32, distance: u32): u32 {
  return MATCH | ((length - MIN_MATCH) << LENGTH_SHIFT) | (distance - 1);
}

// @ts-ignore: decorator
@inline
export function tokenLength(token: u32): u32 {
  return (token >> LENGTH_SHIFT) & 0xff;
}

// @ts-ignore: decorator
@inline
export function tokenDistance(token: u32): u32 {
  return token & 0x7fff;
}

// @ts-ignore: decorator
@inline
export function pushToken(token: u32): void {
  store<u32>(tokenPtr, token);
  tokenPtr += 4;
}

export function pushLiterals(ptr: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) pushToken(load<u8>(ptr + i));
}

/** The address at which the tokens must be written. It depends on tokens alone, so that chunks cannot show in the output. */
// @ts-ignore: decorator
@inline
export function tokenLimit(): usize {
  return TOKENS + (CAPACITY << SHIFT);
}

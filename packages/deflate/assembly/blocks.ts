// One input block after the other: its header, its tokens, and what becomes of it.

import { putBlock, putStoredHeader } from './block';
import { BLOCK_END, EXCEPTION, LITERAL, SECOND_TABLE } from './codes';
import {
  beginEdits,
  blockNeeded,
  blockStart,
  changed,
  fewEdits,
  giveUpEdits,
  markChanged,
  markUnchanged,
  matchSettled,
  moveBlockStart,
  setMatchStart,
} from './edits';
import { codesSuffice, putEdited } from './edited';
import { endsFull, recordEnd } from './ends';
import { DYNAMIC, FIXED, STORED } from './format';
import {
  alignInput,
  available,
  bitBuf,
  bitCount,
  bitOffset,
  compactInput,
  IN,
  inEnd,
  inPtr,
  inputLast,
  overrun,
  readLimit,
  refill,
  setReader,
  takeBits,
} from './input';
import { advanceOutput, outPtr, outputFull, putBits, putBitsOf } from './output';
import { keeping, pushMatch, regionStart } from './regions';
import {
  AT_STRETCH,
  BAD_BLOCK_TYPE,
  BAD_DISTANCE,
  BAD_STORED_LENGTH,
  BAD_SYMBOL,
  ENDS_FULL,
  NEED_INPUT,
  NEED_OP,
  OK,
  OUTPUT_FULL,
  TRUNCATED,
  WINDOW_FULL,
} from './status';
import { stretchStart } from './stretch';
import { DIST, DIST_BITS, dynamicTables, fixedTables, LITLEN, LITLEN_BITS, MAX_HEADER } from './tables';
import {
  beginBlockTokens,
  blockTokens,
  matchToken,
  MIN_BLOCK_TOKENS,
  pushLiterals,
  pushToken,
  setTokens,
  tokenLimit,
  tokenPtr,
  TOKENS,
} from './tokens';
import { addressOf, positionOf, setWindow, WINDOW_LIMIT, winPtr } from './window';

/** More literals than the fast loop takes at once, so that it never crosses a limit. */
const MARGIN: usize = 4;
/** Below this, writing a block's few tokens with those that wait costs less than a block of their own. */
const MIN_COPY: usize = 1024;

let blockType: u32 = 0;
let blockLast: bool = false;
let inBlock: bool = false;
/** Position in the plain input where the block began. */
let blockFrom: u64 = 0;
let storedLeft: u32 = 0;
/** Position in the plain input where the plan's current step ends. */
let event: u64 = 0;
/** Position in the plain input where the member began: no match reaches before it. */
let memberStart: u64 = 0;
/** The last bytes before winPtr: copied by a match, but not yet kept or dropped. */
let unsettled: u32 = 0;
let unsettledDistance: u32 = 0;

export function resetBlocks(): void {
  inBlock = false;
  event = 0;
  memberStart = 0;
  unsettled = 0;
}

/** Position in the plain input up to which the plan was followed. */
// @ts-ignore: decorator
@inline
export function settledPosition(): u64 {
  return positionOf(winPtr - unsettled);
}

export function settledAddress(): usize {
  return winPtr - unsettled;
}

export function setEvent(position: u64): void {
  event = position;
}

export function beginMember(): void {
  memberStart = positionOf(winPtr);
  blockLast = false;
}

export function lastBlockDone(): bool {
  return blockLast && !inBlock;
}

/** Makes room for input, keeping what a copy of the current block would need. */
export function compact(): void {
  const by = compactInput(IN + ((inBlock && blockNeeded() ? blockStart : bitOffset()) >> 3));
  moveBlockStart((by as u32) << 3);
}

/** Begins or goes on with a block; OK when it has ended. */
export function runBlock(): i32 {
  if (!inBlock) {
    const status = beginBlock();
    if (status != OK) return status;
  }
  const status = blockType == STORED ? runStored() : runCoded();
  if (status != OK) return status;
  if (overrun()) return TRUNCATED;
  endBlock();
  return OK;
}

function beginBlock(): i32 {
  if (outputFull()) return OUTPUT_FULL;
  // What the plan says for this position belongs before the block, or else it would not be copied.
  if (settledPosition() == event) return NEED_OP;
  if (endsFull()) return ENDS_FULL;
  blockFrom = positionOf(winPtr);
  if (blockFrom >= stretchStart) return AT_STRETCH;
  if (!available(MAX_HEADER)) return NEED_INPUT;
  const start = bitOffset();
  refill();
  blockLast = takeBits(1) != 0;
  blockType = takeBits(2);
  let status = OK;
  if (blockType == DYNAMIC) status = dynamicTables();
  else if (blockType == FIXED) fixedTables();
  else if (blockType == STORED) status = storedLength();
  else status = BAD_BLOCK_TYPE;
  if (overrun()) return TRUNCATED;
  if (status != OK) return status;
  if (tokenPtr - TOKENS >= MIN_BLOCK_TOKENS << 2) flushTokens();
  beginBlockTokens();
  beginEdits(start);
  inBlock = true;
  return OK;
}

function storedLength(): i32 {
  alignInput();
  storedLeft = load<u16>(inPtr);
  const inverted: u32 = load<u16>(inPtr, 2);
  setReader(inPtr + 4, 0, 0);
  return storedLeft == (inverted ^ 0xffff) || overrun() ? OK : BAD_STORED_LENGTH;
}

/** Writes what has come of the block, if no more fits. */
export function splitTokens(): void {
  if (tokenPtr < tokenLimit()) return;
  flushTokens();
  beginBlockTokens();
  giveUpEdits();
}

export function flushTokens(): void {
  if (tokenPtr > TOKENS) putBlock(TOKENS, tokenPtr);
  setTokens(TOKENS);
}

/** What must be done before the next token: OK, or what is wanted. */
function makeWay(): i32 {
  splitTokens();
  if (outputFull()) return OUTPUT_FULL;
  return winPtr >= WINDOW_LIMIT ? WINDOW_FULL : OK;
}

function runStored(): i32 {
  while (storedLeft > 0) {
    if (settledPosition() == event) return NEED_OP;
    if (!keeping) markChanged();
    const status = makeWay();
    if (status != OK) return status;
    if (inPtr == inEnd) return inputLast ? TRUNCATED : NEED_INPUT;
    let count = min(storedLeft as usize, inEnd - inPtr);
    count = min(count, WINDOW_LIMIT - winPtr);
    count = min(count, addressOf(event) - winPtr);
    if (keeping) count = min(count, (tokenLimit() - tokenPtr) >> 2);
    memory.copy(winPtr, inPtr, count);
    if (keeping) pushLiterals(winPtr, count as u32);
    setWindow(winPtr + count);
    setReader(inPtr + count, 0, 0);
    storedLeft -= count as u32;
  }
  return OK;
}

function runCoded(): i32 {
  while (true) {
    if (unsettled > 0) {
      const status = settle();
      if (status != OK) return status;
    }
    const way = makeWay();
    if (way != OK) return way;
    if (keeping) markUnchanged(bitOffset());
    else markChanged();
    if (settledPosition() != event) {
      const status = fastTokens();
      if (status != OK) return status;
      if (unsettled > 0 || tokenPtr >= tokenLimit() || winPtr >= WINDOW_LIMIT) continue;
    }
    if (inPtr > readLimit()) {
      if (!inputLast) return NEED_INPUT;
      if (overrun()) return TRUNCATED;
    }
    const status = oneToken();
    if (status == ENDED) return OK;
    if (status != OK) return status;
  }
}

const ENDED: i32 = -1;

/**
 * Many tokens, as long as input, window, plan and room are nowhere near their ends; stops before an end of block,
 * and after a match that crosses into the plan's next step or whose source is not simply the same region.
 */
function fastTokens(): i32 {
  const inLimit = readLimit();
  const eventPtr = addressOf(event);
  const winLimit = min(WINDOW_LIMIT, eventPtr) - MARGIN;
  const limit = tokenLimit() - MARGIN * 4;
  const memberPtr = addressOf(memberStart);
  const low = keeping ? max(memberPtr, addressOf(regionStart)) : memberPtr;
  // What is dropped is decoded in the same way, its tokens being written over each other.
  const step: usize = keeping ? 4 : 0;
  const litlenMask: u64 = (1 << LITLEN_BITS) - 1;
  const distMask: u64 = (1 << DIST_BITS) - 1;
  let ptr = inPtr;
  let buf = bitBuf;
  let count = bitCount;
  let win = winPtr;
  let tok = tokenPtr;
  let status = OK;

  while (ptr <= inLimit && win < winLimit && tok < limit) {
    buf |= load<u64>(ptr) << count;
    ptr += (63 - count) >> 3;
    count |= 56;
    let entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
    if (entry & LITERAL) {
      buf >>= entry & 0xff;
      count -= entry & 0xff;
      store<u8>(win++, (entry >> 16) as u8);
      store<u32>(tok, (entry >> 16) & 0xff);
      tok += step;
      entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
      if (entry & LITERAL) {
        buf >>= entry & 0xff;
        count -= entry & 0xff;
        store<u8>(win++, (entry >> 16) as u8);
        store<u32>(tok, (entry >> 16) & 0xff);
        tok += step;
        entry = load<u32>(LITLEN + (((buf & litlenMask) as usize) << 2));
        if (entry & LITERAL) {
          buf >>= entry & 0xff;
          count -= entry & 0xff;
          store<u8>(win++, (entry >> 16) as u8);
          store<u32>(tok, (entry >> 16) & 0xff);
          tok += step;
          continue;
        }
      }
      buf |= load<u64>(ptr) << count;
      ptr += (63 - count) >> 3;
      count |= 56;
    }
    const before = count;
    if (entry & EXCEPTION) {
      if (!(entry & SECOND_TABLE)) break;
      const second = load<u32>(
        LITLEN + ((((entry >> 16) as u64) + ((buf >> LITLEN_BITS) & (((1 as u64) << ((entry >> 8) & 15)) - 1))) << 2) as usize,
      );
      if (second & EXCEPTION) break;
      buf >>= LITLEN_BITS;
      count -= LITLEN_BITS;
      entry = second;
      if (entry & LITERAL) {
        buf >>= entry & 0xff;
        count -= entry & 0xff;
        store<u8>(win++, (entry >> 16) as u8);
        store<u32>(tok, (entry >> 16) & 0xff);
        tok += step;
        continue;
      }
    }
    let bits = entry & 0xff;
    const length = (entry >> 16) + (((buf & (((1 as u64) << bits) - 1)) >> ((entry >> 8) & 15)) as u32);
    buf >>= bits;
    count -= bits;
    entry = load<u32>(DIST + (((buf & distMask) as usize) << 2));
    if (entry & EXCEPTION) {
      if (!(entry & SECOND_TABLE)) {
        status = BAD_SYMBOL;
        break;
      }
      buf >>= DIST_BITS;
      count -= DIST_BITS;
      entry = load<u32>(DIST + (((entry >> 16) + ((buf as u32) & ((1 << ((entry >> 8) & 15)) - 1))) << 2));
      if (entry & EXCEPTION) {
        status = BAD_SYMBOL;
        break;
      }
    }
    bits = entry & 0xff;
    const distance = (entry >> 16) + (((buf & (((1 as u64) << bits) - 1)) >> ((entry >> 8) & 15)) as u32);
    buf >>= bits;
    count -= bits;
    const source = win - distance;
    if (source < low || win + length > eventPtr) {
      setReader(ptr, buf, count);
      setWindow(win);
      setTokens(tok);
      return crossing(length, distance, memberPtr, bitOffset() + count - before);
    }
    store<u32>(tok, matchToken(length, distance));
    tok += step;
    copyMatch(win, distance, length);
    win += length;
  }
  setReader(ptr, buf, count);
  setWindow(win);
  setTokens(tok);
  return status;
}

/** A match that has to be looked at in pieces. */
function crossing(length: u32, distance: u32, memberPtr: usize, start: u32): i32 {
  if (winPtr - distance < memberPtr) return overrun() ? TRUNCATED : BAD_DISTANCE;
  copyMatch(winPtr, distance, length);
  setWindow(winPtr + length);
  unsettled = length;
  unsettledDistance = distance;
  setMatchStart(start);
  return OK;
}

/** Copies by eight bytes where it can, and so up to seven too far. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: u32, length: u32): void {
  let from = to - distance;
  const end = to + length;
  if (distance >= 8) {
    // Most matches are this short: two stores without a question cost less than one branch that cannot be foreseen.
    store<u64>(to, load<u64>(from));
    store<u64>(to, load<u64>(from, 8), 8);
    for (to += 16; to < end; to += 16) {
      from += 16;
      store<u64>(to, load<u64>(from));
      store<u64>(to, load<u64>(from, 8), 8);
    }
  } else if (distance == 1) {
    const eight: u64 = (load<u8>(from) as u64) * 0x0101010101010101;
    do {
      store<u64>(to, eight);
      to += 8;
    } while (to < end);
  } else {
    do {
      store<u8>(to++, load<u8>(from++));
    } while (to < end);
  }
}

/** One token, or the end of the block. The next step of the plan is asked for only if there is a token for it. */
function oneToken(): i32 {
  const start = bitOffset();
  refill();
  let entry = load<u32>(LITLEN + (((bitBuf as u32) & ((1 << LITLEN_BITS) - 1)) << 2));
  if (entry & SECOND_TABLE && !(entry & LITERAL) && entry & EXCEPTION) {
    const mask: u32 = (1 << ((entry >> 8) & 15)) - 1;
    const second = load<u32>(LITLEN + (((entry >> 16) + (((bitBuf >> LITLEN_BITS) as u32) & mask)) << 2));
    if (!isBlockEnd(second) && settledPosition() == event) return NEED_OP;
    takeBits(LITLEN_BITS);
    entry = second;
  }
  if (isBlockEnd(entry)) {
    takeBits(entry & 0xff);
    markUnchanged(start);
    return ENDED;
  }
  if (settledPosition() == event) return NEED_OP;
  if (entry & LITERAL) {
    takeBits(entry & 0xff);
    store<u8>(winPtr, (entry >> 16) as u8);
    setWindow(winPtr + 1);
    if (keeping) pushToken((entry >> 16) & 0xff);
    return OK;
  }
  if (entry & EXCEPTION) return overrun() ? TRUNCATED : BAD_SYMBOL;
  const length = takeValue(entry);
  entry = load<u32>(DIST + (((bitBuf as u32) & ((1 << DIST_BITS) - 1)) << 2));
  if ((entry & EXCEPTION) != 0 && (entry & SECOND_TABLE) != 0) {
    takeBits(DIST_BITS);
    const mask: u32 = (1 << ((entry >> 8) & 15)) - 1;
    entry = load<u32>(DIST + (((entry >> 16) + ((bitBuf as u32) & mask)) << 2));
  }
  if (entry & EXCEPTION) return overrun() ? TRUNCATED : BAD_SYMBOL;
  return crossing(length, takeValue(entry), addressOf(memberStart), start);
}

// @ts-ignore: decorator
@inline
function isBlockEnd(entry: u32): bool {
  return (entry & (LITERAL | EXCEPTION | BLOCK_END)) == (EXCEPTION | BLOCK_END);
}

/** A base with its extra bits. */
function takeValue(entry: u32): u32 {
  return (entry >> 16) + (takeBits(entry & 0xff) >> ((entry >> 8) & 15));
}

/** Follows the plan over the bytes that the last match has copied. */
function settle(): i32 {
  const whole = unsettled;
  while (unsettled > 0) {
    const from = winPtr - unsettled;
    const room = event - positionOf(from);
    if (room == 0) return NEED_OP;
    const piece = room < (unsettled as u64) ? (room as u32) : unsettled;
    // A part of a match is another token, whatever becomes of it.
    if (!keeping || piece != whole) markChanged();
    if (keeping) pushMatch(from, piece, unsettledDistance);
    unsettled -= piece;
  }
  matchSettled();
  return OK;
}

function endBlock(): void {
  inBlock = false;
  const position = positionOf(winPtr);
  // An empty block is left out, the last one does not stay the last, and a stored one has to be aligned anew.
  recordEnd(position, position > blockFrom && !blockLast && blockType != STORED);
  const tokens = (tokenPtr - blockTokens) >> 2;
  const waiting = blockTokens > TOKENS;
  if (tokens == 0) return;
  if (!changed && (!waiting || tokens >= MIN_COPY)) {
    if (waiting) putBlock(TOKENS, blockTokens);
    copyBlock();
    setTokens(TOKENS);
    return;
  }
  if (changed && tokens >= MIN_COPY && blockType != STORED && fewEdits(tokens as u32) && codesSuffice(tokens as u32)) {
    if (waiting) putBlock(TOKENS, blockTokens);
    putEdited(bitOffset());
    setTokens(TOKENS);
    return;
  }
  // Stored bytes would not compress, and would spoil the codes of others.
  if (blockType == STORED && tokens >= MIN_COPY && waiting) {
    putBlock(TOKENS, blockTokens);
    putBlock(blockTokens, tokenPtr);
    setTokens(TOKENS);
    return;
  }
  if (tokenPtr - TOKENS >= MIN_BLOCK_TOKENS << 2) flushTokens();
}

/** Bit for bit, but not as the last one. */
function copyBlock(): void {
  if (blockType != STORED) {
    putBits(0, 1);
    putBitsOf(IN, blockStart + 1, bitOffset());
    return;
  }
  const count = (tokenPtr - blockTokens) >> 2;
  putStoredHeader(count as u32);
  memory.copy(outPtr, inPtr - count, count);
  advanceOutput(count);
}

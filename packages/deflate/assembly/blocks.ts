// Reads one input block after the other and decides how each is written: copied, edited or encoded anew.

import { putBlock, putStoredHeader } from './block';
import { codesSuffice, putEdited } from './edited';
import { beginEdits, blockNeeded, blockStart, changed, fewEdits, markChanged, moveBlockStart } from './edits';
import { endsFull, recordEnd } from './ends';
import { runCoded, setMemberStart } from './coded';
import { DYNAMIC, FIXED, STORED } from './format';
import {
  alignInput,
  available,
  bitOffset,
  compactInput,
  IN,
  inEnd,
  inPtr,
  inputLast,
  overrun,
  refill,
  setReader,
  takeBits,
} from './input';
import { advanceOutput, outPtr, outputFull, putBits, putBitsOf } from './output';
import { event, resetProgress, settledPosition } from './progress';
import { keeping } from './regions';
import {
  AT_STRETCH,
  BAD_BLOCK_TYPE,
  BAD_STORED_LENGTH,
  ENDS_FULL,
  NEED_INPUT,
  NEED_OP,
  OK,
  OUTPUT_FULL,
  TRUNCATED,
} from './status';
import { stretchStart } from './stretch';
import { dynamicTables, fixedTables, MAX_HEADER } from './tables';
import {
  beginBlockTokens,
  blockTokens,
  MIN_BLOCK_TOKENS,
  pushLiterals,
  setTokens,
  tokenLimit,
  tokenPtr,
  TOKENS,
} from './tokens';
import { flushTokens, makeWay } from './waiting';
import { addressOf, positionOf, setWindow, WINDOW_LIMIT, winPtr } from './window';

/** A block with fewer tokens is written together with the waiting ones: that costs less than a block of its own. */
const MIN_COPY: usize = 1024;

let blockType: u32 = 0;
let blockLast: bool = false;
let inBlock: bool = false;
/** Position in the plain input at which the block begins. */
let blockFrom: u64 = 0;
let storedLeft: u32 = 0;

export function resetBlocks(): void {
  inBlock = false;
  setMemberStart(0);
  resetProgress();
}

export function beginMember(): void {
  setMemberStart(positionOf(winPtr));
  blockLast = false;
}

export function lastBlockDone(): bool {
  return blockLast && !inBlock;
}

/** Makes room for input, but keeps the bits of the current block if it may still be copied. */
export function compact(): void {
  const by = compactInput(IN + ((inBlock && blockNeeded() ? blockStart : bitOffset()) >> 3));
  moveBlockStart((by as u32) << 3);
}

/** Begins a block or goes on with it; returns OK when it has ended. */
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
  // A step of the plan at this position must come before the block, or the block could not be copied.
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

function endBlock(): void {
  inBlock = false;
  const position = positionOf(winPtr);
  // Blocks that are not copied bit for bit: an empty one, the last one (its flag changes) and a stored one (it is aligned).
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
  // Stored bytes hardly compress, and would make the codes of the waiting tokens worse.
  if (blockType == STORED && tokens >= MIN_COPY && waiting) {
    putBlock(TOKENS, blockTokens);
    putBlock(blockTokens, tokenPtr);
    setTokens(TOKENS);
    return;
  }
  if (tokenPtr - TOKENS >= MIN_BLOCK_TOKENS << 2) flushTokens();
}

/** Copies the block bit for bit, except its flag for the last block. */
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

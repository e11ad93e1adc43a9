// The transcoder, as JavaScript sees it: src/core.ts drives it.
//
// It reads deflate as tokens, follows a plan over the bytes that the tokens stand for, and writes tokens. It stops
// whenever it wants something, and goes on from there when it is run again. Nothing is allocated: there is one
// instance of each buffer, so a module instance does one input at a time.

import { initBlock, putFinalBlock } from './block';
import {
  beginMember,
  compact,
  flushTokens,
  lastBlockDone,
  resetBlocks,
  runBlock,
  setEvent,
  settledAddress,
  settledPosition,
  splitTokens,
} from './blocks';
import { markChanged, resetEdits } from './edits';
import { IN, inEnd, inPtr, inputEnded, inputFed, inputLast, inputOffset, inputRoom, resetInput } from './input';
import { INSERT, insertCapacity, insertToken, resetInserts } from './inserts';
import { beginHeader, readHeader, readTrailer, trailerCrc, trailerSize } from './member';
import { OUT, outPtr, outputTaken, resetOutput } from './output';
import { closeRegion, openRegion, resetRegions } from './regions';
import { END, MEMBER_END, NEED_INPUT, OK } from './status';
import { initTables } from './tables';
import { resetTokens } from './tokens';
import { resetWindow, slideWindow, WINDOW_LIMIT, winPtr } from './window';

const HEADER: i32 = 0;
const BLOCKS: i32 = 1;
const TRAILER: i32 = 2;
const BETWEEN: i32 = 3;

let state: i32 = HEADER;

export function begin(): void {
  initTables();
  initBlock();
  resetInput();
  resetWindow();
  resetTokens();
  resetRegions();
  resetEdits();
  resetInserts();
  resetBlocks();
  resetOutput();
  beginHeader();
  state = HEADER;
}

/** Goes on until something is wanted or wrong; see status.ts. */
export function run(): i32 {
  if (winPtr >= WINDOW_LIMIT) slideWindow();
  while (true) {
    const status = state == HEADER ? header() : state == BLOCKS ? blocks() : state == TRAILER ? trailer() : between();
    if (status != OK) return status;
  }
}

function header(): i32 {
  const status = readHeader();
  if (status != OK) return status;
  beginMember();
  state = BLOCKS;
  return OK;
}

function blocks(): i32 {
  const status = runBlock();
  if (status != OK) return status;
  if (lastBlockDone()) state = TRAILER;
  return OK;
}

function trailer(): i32 {
  const status = readTrailer();
  if (status != OK) return status;
  state = BETWEEN;
  return MEMBER_END;
}

function between(): i32 {
  if (inPtr == inEnd) return inputLast ? END : NEED_INPUT;
  beginHeader();
  state = HEADER;
  return OK;
}

/** Where to write input, and how much; then say how much it was. */
export function inputAt(): usize {
  compact();
  return inEnd;
}

export function inputSpace(): usize {
  return inputRoom();
}

export function fed(bytes: usize): void {
  inputFed(bytes);
}

export function ended(): void {
  inputEnded();
}

/** Position in the plain input up to which the plan was followed, and where the byte before it ends in memory. */
export function position(): f64 {
  return settledPosition() as f64;
}

export function positionAt(): usize {
  return settledAddress();
}

/** Byte offset in the compressed input, for messages. */
export function offset(): f64 {
  return inputOffset();
}

export function memberCrc(): u32 {
  return trailerCrc;
}

export function memberSize(): u32 {
  return trailerSize;
}

/** The plan's next step, when NEED_OP has asked for it: from the current position up to `end`. */
export function keep(end: f64): void {
  closeRegion(settledPosition());
  openRegion(settledPosition());
  setEvent(end as u64);
}

export function drop(end: f64): void {
  closeRegion(settledPosition());
  setEvent(end as u64);
}

/** Where to write inserted bytes, and how much at once. */
export function insertAt(): usize {
  return INSERT;
}

export function insertSpace(): usize {
  return insertCapacity();
}

/** Before `drop` or `keep`, or after END: inserts bytes. */
export function insert(bytes: usize): void {
  closeRegion(settledPosition());
  markChanged();
  for (let done: usize = 0; done < bytes; ) {
    splitTokens();
    done += insertToken(INSERT + done, (bytes - done) as u32);
  }
}

/** After END and the plan's last step. */
export function finish(): void {
  flushTokens();
  putFinalBlock();
}

export function outputAt(): usize {
  return OUT;
}

export function outputSize(): usize {
  return outPtr - OUT;
}

export function taken(): void {
  outputTaken();
}

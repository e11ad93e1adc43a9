// The transcoder, as JavaScript sees it: src/core.ts drives it.
//
// It reads deflate as tokens, follows a plan over the bytes that the tokens stand for, and writes tokens. It stops
// whenever it wants something, and goes on from there when it is run again. Nothing is allocated: there is one
// instance of each buffer, so a module instance does one input at a time.

import { initBlock, putFinalBlock } from './block';
import { beginMember, compact, lastBlockDone, resetBlocks, runBlock } from './blocks';
import { markChanged, resetEdits } from './edits';
import { endCount, ENDS, forgetEnds, resetEnds, startRecording } from './ends';
import {
  inEnd,
  inPtr,
  inputBits,
  inputEnded,
  inputFed,
  inputLast,
  inputOffset,
  inputRoom,
  resetInput,
} from './input';
import { INSERT, insertCapacity, insertToken, resetInserts } from './inserts';
import { beginHeader, readHeader, readTrailer, trailerCrc, trailerSize } from './member';
import { OUT, outPtr, outputTaken, resetOutput } from './output';
import { setEvent, settledAddress, settledPosition } from './progress';
import { closeRegion, openRegion, regionStart, resetRegions } from './regions';
import { END, MEMBER_END, NEED_INPUT, OK } from './status';
import { beginStretch, resetStretch, runStretch, setStretchStart } from './stretch';
import { initTables } from './tables';
import { resetTokens, tokenPtr, TOKENS } from './tokens';
import { flushTokens, splitTokens } from './waiting';
import { resetWindow, setHistory, slideWindow, WINDOW, WINDOW_LIMIT, winPtr } from './window';

const HEADER: i32 = 0;
const BLOCKS: i32 = 1;
const TRAILER: i32 = 2;
const BETWEEN: i32 = 3;
const STRETCH: i32 = 4;

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
  resetEnds();
  resetStretch();
  beginHeader();
  state = HEADER;
}

/** Goes on until something is wanted or wrong; see status.ts. */
export function run(): i32 {
  if (winPtr >= WINDOW_LIMIT) slideWindow();
  while (true) {
    const status = step();
    if (status != OK) return status;
  }
}

function step(): i32 {
  switch (state) {
    case HEADER:
      return header();
    case BLOCKS:
      return blocks();
    case STRETCH:
      return stretch();
    case TRAILER:
      return trailer();
    default:
      return between();
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

function stretch(): i32 {
  const status = runStretch();
  if (status != OK) return status;
  state = BLOCKS;
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

/** Bits of the compressed input up to `position()`, between two blocks. */
export function bits(): f64 {
  return inputBits();
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

/** From here on the ends of blocks are recorded; take them whenever `run` has returned. See ends.ts. */
export function recordEnds(): void {
  startRecording();
}

export function endsAt(): usize {
  return ENDS;
}

export function endsSize(): u32 {
  return endCount;
}

export function endsTaken(): void {
  forgetEnds();
}

/** Stops before a block at or behind a position, to ask whether a stretch begins there. */
export function stretchAt(position: f64): void {
  setStretchStart(position as u64);
}

/** Where the kept region began that `position()` is in. */
export function regionFrom(): f64 {
  return regionStart as f64;
}

/** Tokens that wait for more, to be written with them. */
export function waiting(): usize {
  return (tokenPtr - TOKENS) >> 2;
}

/** Where to write the 32 KiB before the end of a stretch. */
export function historyAt(): usize {
  return WINDOW;
}

/** When AT_STRETCH has asked: copies so many bits, at the end of which `position()` is `end`. */
export function copyStretch(bits: f64, end: f64): void {
  flushTokens();
  beginStretch(bits as u64);
  setHistory(end as u64);
  state = STRETCH;
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

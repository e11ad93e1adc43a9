// The transcoder's interface to JavaScript; src/core.ts declares it, src/transcode.ts and src/inflate.ts drive it.
//
// It reads deflate as tokens, follows a plan over the bytes that the tokens stand for, and writes tokens. `run` returns
// whenever it needs something, and the next `run` goes on from there. All buffers are static and nothing is allocated,
// so an instance of the module handles one input at a time.

import { initBlock, putAlignment } from './block';
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

/** Resets all state for a new input. */
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

/** Reads input until it needs something or finds an error, and returns which; see status.ts. */
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

/**
 * Makes room for input: moves the unread input to the front of the buffer and returns the address for more. The caller
 * writes at most `inputSpace()` bytes there and calls `fed`. src/core.ts calls this `makeInputRoom`.
 */
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

/** Tells that no more input will come. */
export function ended(): void {
  inputEnded();
}

/** The position in the plain input up to which the plan was followed. */
export function position(): f64 {
  return settledPosition() as f64;
}

/** The address in memory that corresponds to `position()`; the plain bytes before it are still in the window. */
export function positionAt(): usize {
  return settledAddress();
}

/** The byte offset in the compressed input, for error messages. */
export function offset(): f64 {
  return inputOffset();
}

/** The number of bits of the compressed input up to `position()`, between two blocks. */
export function bits(): f64 {
  return inputBits();
}

/** The CRC-32 in the trailer of the member that has just ended. */
export function memberCrc(): u32 {
  return trailerCrc;
}

/** The size modulo 2^32 in the trailer of the member that has just ended. */
export function memberSize(): u32 {
  return trailerSize;
}

/** Answers NEED_OP: keeps the plain bytes from the current position up to `end`. */
export function keep(end: f64): void {
  closeRegion(settledPosition());
  openRegion(settledPosition());
  setEvent(end as u64);
}

/** Answers NEED_OP: drops the plain bytes from the current position up to `end`. */
export function drop(end: f64): void {
  closeRegion(settledPosition());
  setEvent(end as u64);
}

/** Starts to record the ends of blocks; the caller takes them whenever `run` has returned. See ends.ts. */
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

/** Makes `run` return AT_STRETCH before the first block at or behind a position. */
export function stretchAt(position: f64): void {
  setStretchStart(position as u64);
}

/** The position at which the kept region begins that `position()` lies in. */
export function regionFrom(): f64 {
  return regionStart as f64;
}

/** The number of tokens that wait to be written together with later ones. */
export function waiting(): usize {
  return (tokenPtr - TOKENS) >> 2;
}

/** The address for the 32 KiB of plain bytes before the end of a stretch. */
export function historyAt(): usize {
  return WINDOW;
}

/** Answers AT_STRETCH: copies so many bits of the input undecoded, after which `position()` is `end`. */
export function copyStretch(bits: f64, end: f64): void {
  flushTokens();
  beginStretch(bits as u64);
  setHistory(end as u64);
  state = STRETCH;
}

/** The address for inserted bytes; `insertSpace()` is how many fit. */
export function insertAt(): usize {
  return INSERT;
}

export function insertSpace(): usize {
  return insertCapacity();
}

/** Inserts bytes, before `keep` or `drop` or after END. */
export function insert(bytes: usize): void {
  closeRegion(settledPosition());
  markChanged();
  for (let done: usize = 0; done < bytes; ) {
    splitTokens();
    done += insertToken(INSERT + done, (bytes - done) as u32);
  }
}

/** Writes the remaining tokens up to a whole byte, after END and the plan's last step. The last block is the caller's. */
export function finish(): void {
  flushTokens();
  putAlignment();
}

export function outputAt(): usize {
  return OUT;
}

export function outputSize(): usize {
  return outPtr - OUT;
}

/** Empties the output buffer after the caller has copied `outputSize()` bytes from `outputAt()`. */
export function taken(): void {
  outputTaken();
}

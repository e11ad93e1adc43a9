// Reads gzip headers and trailers: RFC 1952, section 2.3. It reads byte by byte, because header fields have no bound.

import { alignInput, inEnd, inPtr, inputLast, setReader } from './input';
import { BAD_FLAGS, BAD_HEADER_CRC, BAD_METHOD, NEED_INPUT, NOT_GZIP, OK, TRUNCATED } from './status';

const FHCRC: u32 = 2;
const FEXTRA: u32 = 4;
const FNAME: u32 = 8;
const FCOMMENT: u32 = 16;
const RESERVED: u32 = 0xe0;

// The header fields in their order.
const MAGIC_1: u32 = 0;
const MAGIC_2: u32 = 1;
const METHOD: u32 = 2;
const FLAGS: u32 = 3;
/** MTIME, XFL and OS. */
const IGNORED: u32 = 4;
const EXTRA_LENGTH: u32 = 5;
const EXTRA: u32 = 6;
const NAME: u32 = 7;
const COMMENT: u32 = 8;
const HEADER_CRC: u32 = 9;
const DONE: u32 = 10;

let field: u32 = MAGIC_1;
let flags: u32 = 0;
/** Remaining bytes of the field, if it has a known length. */
let left: u32 = 0;
/** The bytes read so far of EXTRA_LENGTH or HEADER_CRC. */
let value: u32 = 0;
let headerCrc: u32 = 0;

export let trailerCrc: u32 = 0;
export let trailerSize: u32 = 0;

export function beginHeader(): void {
  alignInput();
  field = MAGIC_1;
  headerCrc = 0xffffffff;
}

export function readHeader(): i32 {
  while (field != DONE) {
    if (inPtr == inEnd) return inputLast ? TRUNCATED : NEED_INPUT;
    const byte: u32 = load<u8>(inPtr);
    setReader(inPtr + 1, 0, 0);
    const status = headerByte(byte);
    if (status != OK) return status;
  }
  return OK;
}

function headerByte(byte: u32): i32 {
  if (field != HEADER_CRC) addToHeaderCrc(byte);
  switch (field) {
    case MAGIC_1:
      if (byte != 0x1f) return NOT_GZIP;
      field = MAGIC_2;
      break;
    case MAGIC_2:
      if (byte != 0x8b) return NOT_GZIP;
      field = METHOD;
      break;
    case METHOD:
      if (byte != 8) return BAD_METHOD;
      field = FLAGS;
      break;
    case FLAGS:
      if (byte & RESERVED) return BAD_FLAGS;
      flags = byte;
      begin(IGNORED, 6);
      break;
    case IGNORED:
      if (--left == 0) fieldAfter(IGNORED);
      break;
    case EXTRA_LENGTH:
      value |= byte << ((2 - left) << 3);
      if (--left > 0) break;
      if (value == 0) fieldAfter(EXTRA);
      else begin(EXTRA, value);
      break;
    case EXTRA:
      if (--left == 0) fieldAfter(EXTRA);
      break;
    case NAME:
    case COMMENT:
      if (byte == 0) fieldAfter(field);
      break;
    case HEADER_CRC:
      value |= byte << ((2 - left) << 3);
      if (--left > 0) break;
      if (value != (~headerCrc & 0xffff)) return BAD_HEADER_CRC;
      field = DONE;
      break;
  }
  return OK;
}

function begin(next: u32, bytes: u32): void {
  field = next;
  left = bytes;
  value = 0;
}

/** Begins the next field that the flags announce. */
function fieldAfter(last: u32): void {
  if (last < EXTRA_LENGTH && (flags & FEXTRA) != 0) begin(EXTRA_LENGTH, 2);
  else if (last < NAME && (flags & FNAME) != 0) begin(NAME, 0);
  else if (last < COMMENT && (flags & FCOMMENT) != 0) begin(COMMENT, 0);
  else if ((flags & FHCRC) != 0) begin(HEADER_CRC, 2);
  else field = DONE;
}

/** Computes CRC-32 bit by bit: headers are short, and few have a checksum at all. */
function addToHeaderCrc(byte: u32): void {
  headerCrc ^= byte;
  for (let bit = 0; bit < 8; bit++) headerCrc = (headerCrc >> 1) ^ (0xedb88320 & (0 - (headerCrc & 1)));
}

export function readTrailer(): i32 {
  alignInput();
  if (inPtr + 8 > inEnd) return inputLast ? TRUNCATED : NEED_INPUT;
  trailerCrc = load<u32>(inPtr);
  trailerSize = load<u32>(inPtr, 4);
  setReader(inPtr + 8, 0, 0);
  return OK;
}

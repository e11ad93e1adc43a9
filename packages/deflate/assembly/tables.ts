// The decoding tables of the current input block: fixed ones, or those that its header describes.

import { BLOCK_END, buildTable, EXCEPTION, LITERAL } from './codes';
import {
  DIST_SYMBOLS,
  distBase,
  distExtra,
  END_OF_BLOCK,
  fixedLength,
  lengthBase,
  lengthExtra,
  LITLEN_SYMBOLS,
  MAX_PRECODE_BITS,
  PRECODE_SYMBOLS,
  precodeOrder,
} from './format';
import { refill, takeBits, bitBuf } from './input';
import { BAD_CODE, BAD_CODE_LENGTHS, OK } from './status';

export const LITLEN_BITS: u32 = 11;
export const DIST_BITS: u32 = 8;

// The first table and all second tables that a complete code can need. zlib's program `enough` computes 2342 entries
// for 288 symbols, 11 index bits and codes of 15 bits, and 402 for 32 symbols, 8 and 15 bits.
export const LITLEN: usize = memory.data(2342 * 4, 16);
export const DIST: usize = memory.data(402 * 4, 16);
const PRECODE: usize = memory.data(128 * 4, 16);

// The meaning of each symbol, as a table entry without the length of its code.
const LITLEN_MEANING: usize = memory.data(288 * 4, 16);
const DIST_MEANING: usize = memory.data(32 * 4, 16);
const PRECODE_MEANING: usize = memory.data(19 * 4, 16);

/** The lengths of both codes, one after the other, as in the header, with room for the last repetition to run over. */
const LENGTHS: usize = memory.data(288 + 32 + 138, 16);
const PRECODE_LENGTHS: usize = memory.data(19, 16);

/** Bytes that a block's header can take: at most 14 + 19 * 3 + 316 * (7 + 7) bits, and the reader's look-ahead. */
export const MAX_HEADER: usize = 640;

let litlens: u32 = 0;
let dists: u32 = 0;

/** Length of a literal/length symbol's code in the current block; 0 if it has none. */
export function litlenLength(symbol: u32): u32 {
  return symbol < litlens ? load<u8>(LENGTHS + symbol) : 0;
}

/** Length of a distance symbol's code in the current block; 0 if it has none. */
export function distLength(symbol: u32): u32 {
  return symbol < dists ? load<u8>(LENGTHS + litlens + symbol) : 0;
}

export function initTables(): void {
  for (let symbol: u32 = 0; symbol < 288; symbol++) {
    let meaning: u32 = EXCEPTION;
    if (symbol < END_OF_BLOCK) meaning = LITERAL | (symbol << 16);
    else if (symbol == END_OF_BLOCK) meaning = EXCEPTION | BLOCK_END;
    else if (symbol < LITLEN_SYMBOLS) meaning = (lengthBase(symbol) << 16) | lengthExtra(symbol);
    store<u32>(LITLEN_MEANING + (symbol << 2), meaning);
  }
  for (let symbol: u32 = 0; symbol < 32; symbol++) {
    const meaning = symbol < DIST_SYMBOLS ? (distBase(symbol) << 16) | distExtra(symbol) : EXCEPTION;
    store<u32>(DIST_MEANING + (symbol << 2), meaning);
  }
  for (let symbol: u32 = 0; symbol < PRECODE_SYMBOLS; symbol++) {
    store<u32>(PRECODE_MEANING + (symbol << 2), symbol << 16);
  }
}

export function fixedTables(): void {
  litlens = 288;
  dists = 32;
  for (let symbol: u32 = 0; symbol < 288; symbol++) store<u8>(LENGTHS + symbol, fixedLength(symbol) as u8);
  memory.fill(LENGTHS + 288, 5, 32);
  buildTable(LITLEN, LITLEN_BITS, LENGTHS, 288, LITLEN_MEANING, false, false);
  buildTable(DIST, DIST_BITS, LENGTHS + 288, 32, DIST_MEANING, false, false);
}

/** Reads the header of a dynamic block, after its type: RFC 1951, section 3.2.7. */
export function dynamicTables(): i32 {
  refill();
  litlens = takeBits(5) + 257;
  dists = takeBits(5) + 1;
  const precodes = takeBits(4) + 4;
  if (litlens > LITLEN_SYMBOLS || dists > DIST_SYMBOLS) return BAD_CODE_LENGTHS;
  memory.fill(PRECODE_LENGTHS, 0, PRECODE_SYMBOLS);
  for (let i: u32 = 0; i < precodes; i++) {
    refill();
    store<u8>(PRECODE_LENGTHS + precodeOrder(i), takeBits(3) as u8);
  }
  if (!buildTable(PRECODE, MAX_PRECODE_BITS, PRECODE_LENGTHS, PRECODE_SYMBOLS, PRECODE_MEANING, false, false)) {
    return BAD_CODE;
  }
  if (!readLengths(litlens + dists)) return BAD_CODE_LENGTHS;
  if (load<u8>(LENGTHS + END_OF_BLOCK) == 0) return BAD_CODE_LENGTHS;
  if (!buildTable(LITLEN, LITLEN_BITS, LENGTHS, litlens, LITLEN_MEANING, false, true)) return BAD_CODE;
  if (!buildTable(DIST, DIST_BITS, LENGTHS + litlens, dists, DIST_MEANING, true, true)) return BAD_CODE;
  return OK;
}

function readLengths(count: u32): bool {
  let i: u32 = 0;
  while (i < count) {
    refill();
    const entry = load<u32>(PRECODE + (((bitBuf as u32) & 127) << 2));
    takeBits(entry & 0xff);
    const symbol = (entry >> 16) & 0xff;
    if (symbol < 16) {
      store<u8>(LENGTHS + i++, symbol as u8);
      continue;
    }
    if (symbol == 16 && i == 0) return false;
    const value: u8 = symbol == 16 ? load<u8>(LENGTHS + i - 1) : 0;
    const times: u32 = symbol == 16 ? 3 + takeBits(2) : symbol == 17 ? 3 + takeBits(3) : 11 + takeBits(7);
    memory.fill(LENGTHS + i, value, times);
    i += times;
  }
  return i == count;
}

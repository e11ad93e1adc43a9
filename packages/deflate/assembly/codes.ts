// Tables that decode Huffman codes. One look-up with the next bits of the input gives a symbol with its base and extra
// bits, or a second table for codes that are longer than the index of the first.
//
// The bits of an entry: 0-7 the number of bits to consume, extra bits included; 8-11 how many of them are the code;
// 12-15 flags; 16-30 a literal, a base, or the index at which the second table begins; 31 marks a literal.

import { MAX_BITS } from './format';

export const LITERAL: u32 = 0x80000000;
/** Marks an entry other than a literal or a base: end of block, second table, or, without these flags, an invalid code. */
export const EXCEPTION: u32 = 1 << 12;
export const BLOCK_END: u32 = 1 << 13;
export const SECOND_TABLE: u32 = 1 << 14;

const COUNTS: usize = memory.data((MAX_BITS as i32 + 1) * 2, 4);
const OFFSETS: usize = memory.data((MAX_BITS as i32 + 2) * 2, 4);
const SORTED: usize = memory.data(288 * 2, 4);

/**
 * Builds the table of a code. Its `count` code lengths are the bytes at `lengths`; the entry at `symbols` + 4 * i
 * describes symbol i. Returns false if the code is oversubscribed or incomplete. As in zlib, two incomplete codes are
 * accepted: one symbol of one bit if `mayBeSingle`, and no symbol at all if `mayBeEmpty`.
 */
export function buildTable(
  table: usize,
  indexBits: u32,
  lengths: usize,
  count: u32,
  symbols: usize,
  mayBeEmpty: bool,
  mayBeSingle: bool,
): bool {
  const longest = sortByLength(lengths, count);
  let unused: i32 = 1;
  for (let length: u32 = 1; length <= MAX_BITS; length++) {
    unused = (unused << 1) - load<u16>(COUNTS + (length << 1));
    if (unused < 0) return false;
  }
  if (unused > 0) {
    if (longest > 1 || !(longest == 0 ? mayBeEmpty : mayBeSingle)) return false;
    for (let i: u32 = 0; i < (1 as u32) << indexBits; i++) store<u32>(table + (i << 2), EXCEPTION | 1);
  }
  fill(table, indexBits, symbols, longest);
  return true;
}

/** Sorts the symbols that have a code by length, then by value. Returns the greatest length. */
function sortByLength(lengths: usize, count: u32): u32 {
  memory.fill(COUNTS, 0, (MAX_BITS + 1) * 2);
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const at = COUNTS + ((load<u8>(lengths + symbol) as u32) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  store<u16>(COUNTS, 0);
  let longest: u32 = 0;
  let offset: u32 = 0;
  for (let length: u32 = 1; length <= MAX_BITS; length++) {
    store<u16>(OFFSETS + (length << 1), offset as u16);
    const n: u32 = load<u16>(COUNTS + (length << 1));
    if (n > 0) longest = length;
    offset += n;
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = OFFSETS + (length << 1);
    const place: u32 = load<u16>(at);
    store<u16>(SORTED + (place << 1), symbol as u16);
    store<u16>(at, (place + 1) as u16);
  }
  return longest;
}

function fill(table: usize, indexBits: u32, symbols: usize, longest: u32): void {
  let next: u32 = (1 as u32) << indexBits;
  let code: u32 = 0;
  let sorted = SORTED;
  let prefix: u32 = 0xffffffff;
  let second: u32 = 0;
  let secondBits: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++) {
    const count: u32 = load<u16>(COUNTS + (length << 1));
    for (let i: u32 = 0; i < count; i++) {
      const entry = load<u32>(symbols + ((load<u16>(sorted) as u32) << 2));
      sorted += 2;
      const bits = reversed(code, length);
      if (length <= indexBits) {
        spread(table, indexBits, bits, length, entry + length + (length << 8));
      } else {
        if ((bits & ((1 << indexBits) - 1)) != prefix) {
          prefix = bits & ((1 << indexBits) - 1);
          second = next;
          secondBits = secondTableBits(length, count - i, indexBits, longest);
          next += (1 as u32) << secondBits;
          store<u32>(
            table + (prefix << 2),
            EXCEPTION | SECOND_TABLE | (second << 16) | (secondBits << 8) | indexBits,
          );
        }
        const rest = length - indexBits;
        spread(table + (second << 2), secondBits, bits >> indexBits, rest, entry + rest + (rest << 8));
      }
      code++;
    }
    code <<= 1;
  }
}

/** The index bits of a second table: enough for all codes with its prefix, of which `here` have `length`. */
function secondTableBits(length: u32, here: u32, indexBits: u32, longest: u32): u32 {
  let bits = length - indexBits;
  let room: i32 = (1 << bits) - here;
  while (room > 0 && bits + indexBits < longest) {
    bits++;
    room = (room << 1) - load<u16>(COUNTS + ((bits + indexBits) << 1));
  }
  return bits;
}

/** Stores `entry` at every index whose first `length` bits are `bits`. */
function spread(table: usize, indexBits: u32, bits: u32, length: u32, entry: u32): void {
  const step: usize = (4 as usize) << length;
  const end = table + ((4 as usize) << indexBits);
  for (let at = table + (bits << 2); at < end; at += step) store<u32>(at, entry);
}

/** Reverses a code: codes are packed from their most significant bit, but bits are read from the least significant. */
export function reversed(code: u32, length: u32): u32 {
  let bits = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0xff) << 8) | (bits >> 8);
  return bits >> (16 - length);
}

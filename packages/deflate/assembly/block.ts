// Writes a fresh block of tokens, dynamic, fixed or stored, whichever is smallest.

import { reversed } from './codes';
import {
  DIST_SYMBOLS,
  distBase,
  distExtra,
  DYNAMIC,
  END_OF_BLOCK,
  FIXED,
  fixedLength,
  lengthBase,
  lengthExtra,
  LITLEN_SYMBOLS,
  MAX_BITS,
  MAX_PRECODE_BITS,
  MAX_STORED,
  MIN_MATCH,
  PRECODE_SYMBOLS,
  precodeOrder,
  STORED,
} from './format';
import { codeLengths } from './lengths';
import { advanceOutput, alignOutput, outBuf, outCount, outPtr, putBits, setWriter } from './output';
import { distLength, litlenLength } from './tables';
import { MATCH, tokenDistance, tokenLength } from './tokens';

// Symbols by length and by distance, both counted from zero. A distance from 256 on is looked up by its upper bits.
const LENGTH_SYMBOL: usize = memory.data(256, 16);
const DIST_SYMBOL: usize = memory.data(512, 16);

const LITLEN_FREQUENCIES: usize = memory.data(288 * 4, 16);
const DIST_FREQUENCIES: usize = memory.data(32 * 4, 16);
const PRECODE_FREQUENCIES: usize = memory.data(19 * 4, 16);

/** Code lengths of the literal/length alphabet. */
const LENGTHS: usize = memory.data(288 + 32, 16);
const DIST_LENGTHS: usize = memory.data(32, 16);
const PRECODE_LENGTHS: usize = memory.data(19, 16);
/** The code lengths as the header has them: symbol | value of its extra bits << 8. */
const RUNS: usize = memory.data(320 * 2, 16);

// Codes in the bit order of the output: bits | their number << 24.
const LITLEN_CODES: usize = memory.data(288 * 4, 16);
const DIST_CODES: usize = memory.data(32 * 4, 16);
/** The next code of each length, while codes are made. */
const NEXT_CODES: usize = memory.data(16 * 4, 16);
const PRECODE_CODES: usize = memory.data(19 * 4, 16);
/** The code of each match length, its extra bits included. */
const LENGTH_CODES: usize = memory.data(256 * 4, 16);

let litlens: u32 = 0;
let dists: u32 = 0;
let precodes: u32 = 0;
let runs: u32 = 0;

export function initBlock(): void {
  for (let symbol: u32 = 257; symbol < LITLEN_SYMBOLS; symbol++) {
    const base = lengthBase(symbol) - MIN_MATCH;
    // Length 258 has its own symbol, although the symbol before it could express it as well.
    const end: u32 = symbol == 285 ? 256 : base + (1 << lengthExtra(symbol));
    for (let length = base; length < end && length < 256; length++) {
      store<u8>(LENGTH_SYMBOL + length, (symbol - 257) as u8);
    }
  }
  for (let symbol: u32 = 0; symbol < DIST_SYMBOLS; symbol++) {
    const base = distBase(symbol) - 1;
    const end = base + (1 << distExtra(symbol));
    for (let distance = base; distance < end && distance < 256; distance++) {
      store<u8>(DIST_SYMBOL + distance, symbol as u8);
    }
    for (let upper = base >> 7; base >= 256 && upper < end >> 7; upper++) {
      store<u8>(DIST_SYMBOL + 256 + upper, symbol as u8);
    }
  }
}

// @ts-ignore: decorator
@inline
export function lengthSymbol(length: u32): u32 {
  return 257 + (load<u8>(LENGTH_SYMBOL + length) as u32);
}

// @ts-ignore: decorator
@inline
export function distSymbol(distance: u32): u32 {
  return load<u8>(DIST_SYMBOL + (distance < 256 ? distance : (256 as u32) + (distance >> 7)));
}

/** Writes the tokens from address `from` up to `to` as one block, or as several stored blocks. */
export function putBlock(from: usize, to: usize): void {
  const matches = countSymbols(from, to);
  const dynamicBits = planDynamic();
  const fixedBits = costFixed();
  if (matches == 0 && costStored((to - from) as u32 >> 2) < min(dynamicBits, fixedBits)) {
    putStored(from, to);
    return;
  }
  if (dynamicBits < fixedBits) {
    putBits(DYNAMIC << 1, 3);
    putDynamicHeader();
  } else {
    putBits(FIXED << 1, 3);
    for (let symbol: u32 = 0; symbol < 288; symbol++) store<u8>(LENGTHS + symbol, fixedLength(symbol) as u8);
    memory.fill(DIST_LENGTHS, 5, 32);
  }
  makeCodes(LENGTHS, LITLEN_CODES, 288);
  makeCodes(DIST_LENGTHS, DIST_CODES, 32);
  joinLengthCodes();
  putTokens(from, to);
  putBlockEnd();
}

export function putBlockEnd(): void {
  putCode(load<u32>(LITLEN_CODES + (END_OF_BLOCK << 2)));
}

/** Uses the codes of the current input block for the tokens to write. */
export function takeCodes(): void {
  for (let symbol: u32 = 0; symbol < 288; symbol++) store<u8>(LENGTHS + symbol, litlenLength(symbol) as u8);
  for (let symbol: u32 = 0; symbol < 32; symbol++) store<u8>(DIST_LENGTHS + symbol, distLength(symbol) as u8);
  makeCodes(LENGTHS, LITLEN_CODES, 288);
  makeCodes(DIST_LENGTHS, DIST_CODES, 32);
  joinLengthCodes();
}

function countSymbols(from: usize, to: usize): u32 {
  memory.fill(LITLEN_FREQUENCIES, 0, 288 * 4);
  memory.fill(DIST_FREQUENCIES, 0, 32 * 4);
  let matches: u32 = 0;
  for (let at = from; at < to; at += 4) {
    const token = load<u32>(at);
    if (token & MATCH) {
      matches++;
      const symbol = lengthSymbol(tokenLength(token));
      increment(LITLEN_FREQUENCIES + (symbol << 2));
      increment(DIST_FREQUENCIES + (distSymbol(tokenDistance(token)) << 2));
    } else {
      increment(LITLEN_FREQUENCIES + (token << 2));
    }
  }
  store<u32>(LITLEN_FREQUENCIES + (END_OF_BLOCK << 2), 1);
  return matches;
}

// @ts-ignore: decorator
@inline
function increment(at: usize): void {
  store<u32>(at, load<u32>(at) + 1);
}

/** Makes the codes of a dynamic block; returns its size in bits, without extra bits, which fixed blocks have as well. */
function planDynamic(): u32 {
  codeLengths(LITLEN_FREQUENCIES, LITLEN_SYMBOLS, MAX_BITS, LENGTHS);
  codeLengths(DIST_FREQUENCIES, DIST_SYMBOLS, MAX_BITS, DIST_LENGTHS);
  store<u16>(LENGTHS + LITLEN_SYMBOLS, 0);
  store<u16>(DIST_LENGTHS + DIST_SYMBOLS, 0);
  let bits = cost(LITLEN_FREQUENCIES, LENGTHS, LITLEN_SYMBOLS) + cost(DIST_FREQUENCIES, DIST_LENGTHS, DIST_SYMBOLS);
  litlens = LITLEN_SYMBOLS;
  while (litlens > 257 && load<u8>(LENGTHS + litlens - 1) == 0) litlens--;
  dists = DIST_SYMBOLS;
  while (dists > 1 && load<u8>(DIST_LENGTHS + dists - 1) == 0) dists--;
  findRuns();
  codeLengths(PRECODE_FREQUENCIES, PRECODE_SYMBOLS, MAX_PRECODE_BITS, PRECODE_LENGTHS);
  precodes = PRECODE_SYMBOLS;
  while (precodes > 4 && load<u8>(PRECODE_LENGTHS + precodeOrder(precodes - 1)) == 0) precodes--;
  bits += 3 + 14 + precodes * 3 + cost(PRECODE_FREQUENCIES, PRECODE_LENGTHS, PRECODE_SYMBOLS);
  bits += load<u32>(PRECODE_FREQUENCIES + (16 << 2)) * 2;
  bits += load<u32>(PRECODE_FREQUENCIES + (17 << 2)) * 3;
  return bits + load<u32>(PRECODE_FREQUENCIES + (18 << 2)) * 7;
}

function cost(frequencies: usize, lengths: usize, count: u32): u32 {
  let bits: u32 = 0;
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    bits += load<u32>(frequencies + (symbol << 2)) * (load<u8>(lengths + symbol) as u32);
  }
  return bits;
}

function costFixed(): u32 {
  let bits: u32 = 3;
  for (let symbol: u32 = 0; symbol < LITLEN_SYMBOLS; symbol++) {
    bits += load<u32>(LITLEN_FREQUENCIES + (symbol << 2)) * fixedLength(symbol);
  }
  for (let symbol: u32 = 0; symbol < DIST_SYMBOLS; symbol++) bits += load<u32>(DIST_FREQUENCIES + (symbol << 2)) * 5;
  return bits;
}

/** Ignores the padding up to the next byte, because the same tokens must make the same block wherever it begins. */
function costStored(bytes: u32): u32 {
  return bytes * 8 + ((bytes + MAX_STORED - 1) / MAX_STORED) * 40;
}

/** Encodes the lengths of both codes as one sequence, with symbols 16, 17 and 18 for repetitions. */
function findRuns(): void {
  memory.fill(PRECODE_FREQUENCIES, 0, PRECODE_SYMBOLS << 2);
  runs = 0;
  const count = litlens + dists;
  for (let i: u32 = 0; i < count; ) {
    const length = sentLength(i);
    let run: u32 = 1;
    while (i + run < count && sentLength(i + run) == length) run++;
    i += run;
    if (length == 0) {
      for (; run >= 11; run -= min<u32>(run, 138)) pushRun(18, min<u32>(run, 138) - 11);
      if (run >= 3) {
        pushRun(17, run - 3);
        run = 0;
      }
    } else {
      pushRun(length, 0);
      for (run--; run >= 3; run -= min<u32>(run, 6)) pushRun(16, min<u32>(run, 6) - 3);
    }
    for (; run > 0; run--) pushRun(length, 0);
  }
}

// @ts-ignore: decorator
@inline
function sentLength(i: u32): u32 {
  return i < litlens ? load<u8>(LENGTHS + i) : load<u8>(DIST_LENGTHS + i - litlens);
}

function pushRun(symbol: u32, extra: u32): void {
  store<u16>(RUNS + (runs++ << 1), (symbol | (extra << 8)) as u16);
  increment(PRECODE_FREQUENCIES + (symbol << 2));
}

function putDynamicHeader(): void {
  putBits(litlens - 257, 5);
  putBits(dists - 1, 5);
  putBits(precodes - 4, 4);
  for (let i: u32 = 0; i < precodes; i++) putBits(load<u8>(PRECODE_LENGTHS + precodeOrder(i)), 3);
  makeCodes(PRECODE_LENGTHS, PRECODE_CODES, PRECODE_SYMBOLS);
  for (let i: u32 = 0; i < runs; i++) {
    const run: u32 = load<u16>(RUNS + (i << 1));
    const symbol = run & 0xff;
    putCode(load<u32>(PRECODE_CODES + (symbol << 2)));
    if (symbol >= 16) putBits(run >> 8, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
  }
}

// @ts-ignore: decorator
@inline
function putCode(code: u32): void {
  putBits(code & 0xffffff, code >> 24);
}

/** Makes the canonical codes for code lengths: RFC 1951, section 3.2.2. */
function makeCodes(lengths: usize, codes: usize, count: u32): void {
  memory.fill(NEXT_CODES, 0, (MAX_BITS + 1) << 2);
  for (let symbol: u32 = 0; symbol < count; symbol++) increment(NEXT_CODES + ((load<u8>(lengths + symbol) as u32) << 2));
  store<u32>(NEXT_CODES, 0);
  let code: u32 = 0;
  for (let length: u32 = 1; length <= MAX_BITS; length++) {
    const at = NEXT_CODES + (length << 2);
    const used = load<u32>(at);
    store<u32>(at, code);
    code = (code + used) << 1;
  }
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = NEXT_CODES + (length << 2);
    store<u32>(codes + (symbol << 2), reversed(load<u32>(at), length) | (length << 24));
    increment(at);
  }
}

function joinLengthCodes(): void {
  for (let length: u32 = 0; length < 256; length++) {
    const symbol = lengthSymbol(length);
    const code = load<u32>(LITLEN_CODES + (symbol << 2));
    const bits = code >> 24;
    const extra = length + MIN_MATCH - lengthBase(symbol);
    store<u32>(
      LENGTH_CODES + (length << 2),
      (code & 0xffffff) | (extra << bits) | ((bits + lengthExtra(symbol)) << 24),
    );
  }
}

export function putTokens(from: usize, to: usize): void {
  // Locals stay in registers; the writer's own variables would be written to memory for every token.
  let buf = outBuf;
  let count = outCount;
  let out = outPtr;
  for (let at = from; at < to; at += 4) {
    const token = load<u32>(at);
    if (token & MATCH) {
      const distance = tokenDistance(token);
      const length = load<u32>(LENGTH_CODES + (tokenLength(token) << 2));
      const symbol = distSymbol(distance);
      const code = load<u32>(DIST_CODES + (symbol << 2));
      const bits = code >> 24;
      const lengthBits = length >> 24;
      const pair: u64 = (code & 0xffffff) | ((distance + 1 - distBase(symbol)) << bits);
      buf |= ((length & 0xffffff) | (pair << lengthBits)) << count;
      count += lengthBits + bits + distExtra(symbol);
    } else {
      const code = load<u32>(LITLEN_CODES + (token << 2));
      buf |= ((code & 0xffffff) as u64) << count;
      count += code >> 24;
    }
    store<u64>(out, buf);
    out += count >> 3;
    buf >>= count & 56;
    count &= 7;
  }
  setWriter(out, buf, count);
}

/** Writes literals as stored blocks. */
function putStored(from: usize, to: usize): void {
  while (from < to) {
    const count = min<usize>(MAX_STORED, (to - from) >> 2);
    putStoredHeader(count as u32);
    for (let i: usize = 0; i < count; i++) store<u8>(outPtr + i, load<u32>(from + (i << 2)) as u8);
    advanceOutput(count);
    from += count << 2;
  }
}

export function putStoredHeader(bytes: u32): void {
  putBits(STORED << 1, 3);
  alignOutput();
  putBits(bytes | ((bytes ^ 0xffff) << 16), 32);
}

/** Writes an empty stored block, which ends at a whole byte. */
export function putAlignment(): void {
  putStoredHeader(0);
}

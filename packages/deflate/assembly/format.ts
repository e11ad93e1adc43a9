// Constants of the deflate format: RFC 1951, section 3.2.

export const END_OF_BLOCK: u32 = 256;
/** Symbols of the literal/length alphabet that a block may use; 286 and 287 have codes in the fixed table only. */
export const LITLEN_SYMBOLS: u32 = 286;
export const DIST_SYMBOLS: u32 = 30;
export const PRECODE_SYMBOLS: u32 = 19;
export const MAX_BITS: u32 = 15;
export const MAX_PRECODE_BITS: u32 = 7;
export const MIN_MATCH: u32 = 3;
export const MAX_MATCH: u32 = 258;
export const MAX_DISTANCE: u32 = 32768;
export const MAX_STORED: u32 = 65535;

export const STORED: u32 = 0;
export const FIXED: u32 = 1;
export const DYNAMIC: u32 = 2;

// prettier-ignore
/** The base of each length symbol, 257 to 285. */
const LENGTH_BASES = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
// prettier-ignore
const LENGTH_EXTRAS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
// prettier-ignore
const DIST_BASES = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]);
/** The order in which a dynamic block gives the lengths of its code length codes. */
const PRECODE_ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

// @ts-ignore: decorator
@inline
export function lengthBase(symbol: u32): u32 {
  return load<u16>(LENGTH_BASES + ((symbol - 257) << 1));
}

// @ts-ignore: decorator
@inline
export function lengthExtra(symbol: u32): u32 {
  return load<u8>(LENGTH_EXTRAS + symbol - 257);
}

// @ts-ignore: decorator
@inline
export function distBase(symbol: u32): u32 {
  return load<u16>(DIST_BASES + (symbol << 1));
}

// @ts-ignore: decorator
@inline
export function distExtra(symbol: u32): u32 {
  return symbol < 4 ? 0 : (symbol >> 1) - 1;
}

// @ts-ignore: decorator
@inline
export function precodeOrder(index: u32): u32 {
  return load<u8>(PRECODE_ORDER + index);
}

/** Length of a symbol's code in the fixed literal/length table. */
export function fixedLength(symbol: u32): u32 {
  return symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}

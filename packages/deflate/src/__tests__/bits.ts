/**
 * Packs bits as deflate does (RFC 1951, section 3.1.1): a value from its least significant bit, a Huffman code, given in
 * binary, from its first bit.
 */
export function bits(...parts: (readonly [value: number, count: number] | string)[]): Buffer {
  const all: number[] = [];
  for (const part of parts) {
    if (typeof part === 'string') all.push(...[...part.replace(/ /g, '')].map(Number));
    else for (let i = 0; i < part[1]; i++) all.push((part[0] >> i) & 1);
  }
  const bytes = Buffer.alloc(Math.ceil(all.length / 8));
  all.forEach((bit, i) => (bytes[i >> 3] |= bit << (i & 7)));
  return bytes;
}

const PRECODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/**
 * The header of a last dynamic block that gives each code length by the four bits of its value: its precode has the
 * symbols 0 to 15 only, all of length 4, which makes a complete code.
 */
export function dynamicHeader(litlens: number[], dists: number[]): string {
  const value = (n: number, count: number): string =>
    Array.from({ length: count }, (_, i) => (n >> i) & 1).join('');
  const precode = PRECODE_ORDER.map((symbol) => value(symbol < 16 ? 4 : 0, 3)).join('');
  const lengths = [...litlens, ...dists].map((length) => length.toString(2).padStart(4, '0')).join('');
  return `1 01 ${value(litlens.length - 257, 5)} ${value(dists.length - 1, 5)} ${value(15, 4)} ${precode} ${lengths}`;
}

/** A list of 257 or more code lengths, all zero except `used`. */
export function lengths(used: Record<number, number>, count = 257): number[] {
  return Array.from({ length: count }, (_, symbol) => used[symbol] ?? 0);
}

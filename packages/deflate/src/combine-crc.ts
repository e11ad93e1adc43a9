/** CRC-32's polynomial, with the bits in the order of RFC 1952, section 8. */
const POLYNOMIAL = 0xedb88320;
/** x to the 8th power in that order: the effect of one zero byte. */
const X8 = 0x00800000;

/**
 * The CRC-32 of two byte sequences, one after the other, out of the CRC-32 of each; `size` is the bytes of the second, any
 * safe integer. It multiplies the first CRC by x^(8 size), as zlib's crc32_combine does: some thousand steps. `shiftCrc` has
 * tables that make a call faster, and take longer to make than all calls for an initrd.
 */
export function combineCrc(first: number, second: number, size: number): number {
  let shifted = first;
  let square = X8;
  // Bit operations would wrap at 2^32.
  for (let rest = size; rest > 0 && shifted !== 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shifted = multiply(square, shifted);
    square = multiply(square, square);
  }
  return (shifted ^ second) >>> 0;
}

/** The product of two polynomials modulo CRC-32's. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= b;
    b = (b >>> 1) ^ (POLYNOMIAL & -(b & 1));
  }
  return product;
}

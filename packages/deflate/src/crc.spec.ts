import fc from 'fast-check';
import { crc32 } from 'node:zlib';
import { combineCrc } from './combine-crc.js';
import { shiftCrc } from './crc.js';

const POLYNOMIAL = 0xedb88320n;
const ONE = 0x80000000n;
const X = 0x40000000n;

/** Product modulo CRC-32's polynomial, bits reflected as in RFC 1952: the straightforward way to shift a CRC. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  for (let bit = 31n; bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) product ^= b;
    b = b & 1n ? (b >> 1n) ^ POLYNOMIAL : b >> 1n;
  }
  return product;
}

function power(exponent: bigint): bigint {
  let [result, square] = [ONE, X];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

const u32 = fc.integer({ min: 0, max: 0xffffffff });

it('two CRCs combine to that of both byte sequences', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const whole = crc32(Buffer.concat([first, second]));
      expect(combineCrc(crc32(first), crc32(second), second.length)).toBe(whole);
    }),
  );
});

it('any number of bytes shifts a CRC as the polynomial says, also beyond 2^31 and 2^32', () => {
  const size = fc.oneof(
    fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 4, 2 ** 40 + 3),
  );
  fc.assert(
    fc.property(u32, size, (crc, bytes) => {
      const expected = Number(multiply(BigInt(crc), power(8n * BigInt(bytes))));
      expect(shiftCrc(crc, bytes)).toBe(expected);
      expect(combineCrc(crc, 0, bytes)).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

it('a CRC with nothing behind it stays as it is', () => {
  fc.assert(fc.property(u32, (crc) => expect(combineCrc(crc, 0, 0)).toBe(crc)));
});

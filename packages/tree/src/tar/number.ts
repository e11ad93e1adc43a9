import { TreeError } from '../error.js';

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;

/**
 * Reads a numeric header field: octal digits with optional leading spaces, ended by a space, a NUL or the field's end,
 * or GNU's base-256 if the top bit is set. An empty field is 0, as in GNU tar. Any other byte is damage.
 */
export function readNumber(block: Uint8Array, start: number, length: number): number {
  const first = block[start]!;
  if (first >= 0x80) return readBase256(block, start, length);
  const end = start + length;
  let at = start;
  while (at < end && block[at] === SPACE) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const byte = block[at]!;
    if (byte >= ZERO && byte <= SEVEN) value = value * 8 + (byte - ZERO);
    else if (byte === 0 || byte === SPACE) break;
    else throw new TreeError('malformed', `a tar header has byte ${byte} in a number`);
  }
  return value;
}

/** GNU's base-256: a first byte of 0x80, or 0xff for negative numbers (two's complement), then the number, big endian. */
function readBase256(block: Uint8Array, start: number, length: number): number {
  const negative = (block[start]! & 0x40) !== 0;
  let value = negative ? (block[start]! | 0x80) - 0x100 : block[start]! & 0x3f;
  for (let k = 1; k < length; k += 1) {
    value = value * 256 + block[start + k]!;
    if (!Number.isSafeInteger(value)) {
      throw new TreeError('range', 'a tar header has a number beyond 2^53');
    }
  }
  return value;
}

/** Zero-padded octal digits with a closing NUL; undefined if the number does not fit. */
export function octalField(value: number, length: number): string | undefined {
  if (value < 0 || value >= 8 ** (length - 1)) return undefined;
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

export function writeBase256(block: Uint8Array, start: number, length: number, value: number): void {
  let rest = value;
  for (let k = length - 1; k > 0; k -= 1) {
    block[start + k] = ((rest % 256) + 256) % 256;
    rest = Math.floor(rest / 256);
  }
  block[start] = value < 0 ? 0xff : 0x80;
}

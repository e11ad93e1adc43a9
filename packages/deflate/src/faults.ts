import { DeflateError, type DeflateErrorCode } from './error.js';

/** Code and message for each status that means an error in the input (assembly/status.ts). */
const FAULTS: Record<number, [DeflateErrorCode, string]> = {
  16: ['not-gzip', 'expected a gzip member, got something else'],
  17: ['truncated', 'the input ends inside a gzip member'],
  18: ['damaged', 'expected compression method 8 in the gzip header, got another'],
  19: ['damaged', 'reserved flags are set in the gzip header'],
  20: ['damaged', 'the gzip header does not match its crc'],
  21: ['damaged', 'expected a deflate block of type 0, 1 or 2, got 3'],
  22: ['damaged', "a stored block's length and its complement do not match"],
  23: ['damaged', "a dynamic block's code lengths are out of range"],
  24: ['damaged', 'a dynamic block has too many or too few codes'],
  25: ['damaged', 'a code or symbol has no meaning'],
  26: ['damaged', 'a match reaches before the start of its member'],
};

const HINT = 'fetch the input again; if it stays the same, make it again at its source';

/** The error for a status; `offset` is roughly the byte of the compressed input. */
export function inputFault(status: number, offset: number): DeflateError {
  const [code, message] = FAULTS[status];
  return new DeflateError(code, `${message}, at byte ${offset}`, { hint: HINT });
}

/** The error for a member whose trailer says `expected`, while its decoded bytes have the CRC-32 or size `got`. */
export function trailerFault(
  code: 'crc-mismatch' | 'length-mismatch',
  expected: number,
  got: number,
): DeflateError {
  const what = code === 'crc-mismatch' ? 'crc-32' : 'size modulo 2^32';
  const show = (value: number): string => (code === 'crc-mismatch' ? `0x${value.toString(16)}` : `${value}`);
  return new DeflateError(code, `expected ${what} ${show(expected)}, got ${show(got)}`, { hint: HINT });
}

/** Rebuilds an error that was thrown in another thread. */
export function faultOf({
  code,
  message,
  hint,
}: Pick<DeflateError, 'code' | 'message' | 'hint'>): DeflateError {
  return new DeflateError(code, message, { hint });
}

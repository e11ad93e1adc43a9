import { DeflateError, type DeflateErrorCode } from './error.js';

/** What the transcoder finds wrong with an input, by its status (assembly/status.ts). */
const FAULTS: Record<number, [DeflateErrorCode, string]> = {
  16: ['not-gzip', 'expected a gzip member, got something else'],
  17: ['truncated', 'the input ends inside a gzip member'],
  18: ['damaged', 'expected compression method 8 in the gzip header, got another'],
  19: ['damaged', 'reserved flags are set in the gzip header'],
  20: ['damaged', 'the gzip header is not the one that its crc was made of'],
  21: ['damaged', 'expected a deflate block of type 0, 1 or 2, got 3'],
  22: ['damaged', "a stored block's length and its complement do not match"],
  23: ['damaged', "a dynamic block's code lengths are out of range"],
  24: ['damaged', 'a dynamic block has too many or too few codes'],
  25: ['damaged', 'a code or symbol has no meaning'],
  26: ['damaged', 'a match reaches before the start of its member'],
};

const HINT = 'fetch the input again; if it is the same, whoever made it must make it again';

/** `offset` is about where in the compressed input. */
export function inputFault(status: number, offset: number): DeflateError {
  const [code, message] = FAULTS[status];
  return new DeflateError(code, `${message}, at byte ${offset}`, { hint: HINT });
}

/** `got` of the decoded member's CRC-32 or size, where its trailer says `expected`. */
export function trailerFault(
  code: 'crc-mismatch' | 'length-mismatch',
  expected: number,
  got: number,
): DeflateError {
  const what = code === 'crc-mismatch' ? 'crc-32' : 'size modulo 2^32';
  const show = (value: number): string => (code === 'crc-mismatch' ? `0x${value.toString(16)}` : `${value}`);
  return new DeflateError(code, `expected ${what} ${show(expected)}, got ${show(got)}`, { hint: HINT });
}

/** One that was thrown in another thread. */
export function faultOf({
  code,
  message,
  hint,
}: Pick<DeflateError, 'code' | 'message' | 'hint'>): DeflateError {
  return new DeflateError(code, message, { hint });
}

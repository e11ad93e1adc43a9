import { createHash } from 'node:crypto';

/** 32-bit words of a chunk's name. 128 bits of SHA-256: two of 2^40 chunks share a name with probability 2^-49. */
export const NAME_WORDS = 4;
/** Bytes. */
export const NAME_BYTES = NAME_WORDS * 4;

/** Returns the name of a chunk: the first 128 bits of its SHA-256. */
export function nameOf(chunk: Buffer): Buffer {
  return createHash('sha256').update(chunk).digest().subarray(0, NAME_BYTES);
}

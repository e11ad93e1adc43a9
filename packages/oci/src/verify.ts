import { createHash } from 'node:crypto';
import { OciError } from './error.js';
import type { Digest } from './digest.js';

export interface Expected {
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/**
 * Bytes that throw before their end unless they are the ones expected. The class is the proof: `Store.write`
 * hashes again only what is not one of these.
 */
export class VerifiedBytes implements AsyncIterable<Uint8Array> {
  private constructor(
    readonly expect: Expected,
    /** False for the rest of a blob: only its size can be checked. */
    readonly whole: boolean,
    private readonly bytes: AsyncIterable<Uint8Array>,
  ) {}

  static of(bytes: AsyncIterable<Uint8Array>, expect: Expected, what = 'blob'): VerifiedBytes {
    if (bytes instanceof VerifiedBytes && bytes.proves(expect)) return bytes;
    return new VerifiedBytes(expect, true, check(bytes, expect, `${what} ${expect.digest}`, 0));
  }

  static rest(bytes: AsyncIterable<Uint8Array>, expect: Expected, from: number): VerifiedBytes {
    return new VerifiedBytes(expect, false, check(bytes, expect, `blob ${expect.digest}`, from));
  }

  proves({ digest, size }: Expected): boolean {
    return this.whole && this.expect.digest === digest && this.expect.size === size;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.bytes[Symbol.asyncIterator]();
  }
}

async function* check(
  bytes: AsyncIterable<Uint8Array>,
  { digest, size }: Expected,
  what: string,
  from: number,
) {
  const hash = from === 0 ? createHash('sha256') : undefined;
  let length = from;
  for await (const chunk of bytes) {
    length += chunk.length;
    // Before the chunk is passed on: a peer cannot fill the disk beyond what the descriptor announced.
    if (length > size) {
      throw new OciError('size-mismatch', `${what} has more than the expected ${size} bytes`);
    }
    hash?.update(chunk);
    yield chunk;
  }
  if (length < size) {
    throw new OciError('truncated', `${what} ends after ${length} bytes, expected ${size}`);
  }
  const actual = hash && `sha256:${hash.digest('hex')}`;
  if (actual !== undefined && actual !== digest) {
    throw new OciError('digest-mismatch', `${what} has the digest ${actual}, expected ${digest}`);
  }
}

/** All bytes of a small thing. */
export async function collect(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > limit) throw new OciError('too-large', `${what} has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

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
    private readonly check: (hashed: boolean) => AsyncGenerator<Uint8Array>,
  ) {}

  static of(bytes: AsyncIterable<Uint8Array>, expect: Expected, what = 'blob'): VerifiedBytes {
    if (bytes instanceof VerifiedBytes && bytes.proves(expect)) return bytes;
    return new VerifiedBytes(expect, true, (hashed) =>
      check(bytes, expect, `${what} ${expect.digest}`, 0, hashed),
    );
  }

  static rest(bytes: AsyncIterable<Uint8Array>, expect: Expected, from: number): VerifiedBytes {
    return new VerifiedBytes(expect, false, () => check(bytes, expect, `blob ${expect.digest}`, from, false));
  }

  proves({ digest, size }: Expected): boolean {
    return this.whole && this.expect.digest === digest && this.expect.size === size;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.check(true);
  }

  /** The same with their size checked alone, for who has them hashed elsewhere. */
  unhashed(): AsyncIterable<Uint8Array> {
    return this.check(false);
  }
}

async function* check(
  bytes: AsyncIterable<Uint8Array>,
  { digest, size }: Expected,
  what: string,
  from: number,
  hashed: boolean,
) {
  const hash = hashed ? createHash('sha256') : undefined;
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
  if (hash) expectDigest(`sha256:${hash.digest('hex')}`, digest, what);
}

/** Throws unless bytes have the digest that was expected of them. */
export function expectDigest(actual: Digest, expected: Digest, what: string): void {
  if (actual === expected) return;
  throw new OciError('digest-mismatch', `${what} has the digest ${actual}, expected ${expected}`);
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

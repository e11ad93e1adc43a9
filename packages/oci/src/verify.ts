import { createHash } from 'node:crypto';
import { OciError } from './error.js';
import type { Digest } from './digest.js';

/** What the bytes of a blob must be. */
export interface Expected {
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/**
 * A stream of bytes that throws before its end unless it has the expected size and digest. The class is the
 * proof: `Store.write` hashes any other stream itself.
 *
 * Iterating throws `size-mismatch`, `truncated` or `digest-mismatch`.
 */
export class VerifiedBytes implements AsyncIterable<Uint8Array> {
  private constructor(
    readonly expect: Expected,
    /** False for a stream that starts inside of a blob, of which only the size can be checked. */
    readonly whole: boolean,
    private readonly check: (hashed: boolean) => AsyncGenerator<Uint8Array>,
  ) {}

  /** Wraps a whole blob; `what` names it in messages. */
  static of(bytes: AsyncIterable<Uint8Array>, expect: Expected, what = 'blob'): VerifiedBytes {
    if (bytes instanceof VerifiedBytes && bytes.proves(expect)) return bytes;
    return new VerifiedBytes(expect, true, (hashed) =>
      check(bytes, expect, `${what} ${expect.digest}`, 0, hashed),
    );
  }

  /** Wraps the bytes of a blob from the offset `from` on; from 0 on they are the whole blob. */
  static from(bytes: AsyncIterable<Uint8Array>, expect: Expected, from: number): VerifiedBytes {
    if (from === 0) return VerifiedBytes.of(bytes, expect);
    return new VerifiedBytes(expect, false, () => check(bytes, expect, `blob ${expect.digest}`, from, false));
  }

  /** Tells whether a complete iteration proves that the bytes are these. */
  proves({ digest, size }: Expected): boolean {
    return this.whole && this.expect.digest === digest && this.expect.size === size;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.check(true);
  }

  /** Returns the same bytes, with errors as `translate` makes them. */
  withErrors(translate: (error: unknown) => unknown): VerifiedBytes {
    return new VerifiedBytes(this.expect, this.whole, (hashed) => translated(this.check(hashed), translate));
  }

  /** Returns the same bytes with only their size checked, for a caller that has them hashed elsewhere. */
  unhashed(): AsyncIterable<Uint8Array> {
    return this.check(false);
  }
}

async function* translated(
  bytes: AsyncIterable<Uint8Array>,
  translate: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw translate(error);
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
    // Checked before the chunk is passed on, so that a peer cannot fill the disk with more than was announced.
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

/** Throws `digest-mismatch` unless both digests are equal. */
export function expectDigest(actual: Digest, expected: Digest, what: string): void {
  if (actual === expected) return;
  throw new OciError('digest-mismatch', `${what} has the digest ${actual}, expected ${expected}`);
}

/** Reads a stream into memory; throws `too-large` beyond `limit` bytes. `what` names it in messages. */
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

import { gzipSync } from 'node:zlib';
import { chunked, random } from './__tests__/bytes.js';
import { randomPlain } from './__tests__/inputs.js';
import { inflate } from './index.js';

const PLAIN = randomPlain(random(7), 3_000_000);
const GZIP = gzipSync(PLAIN);

/** Copies each piece, because `inflate` reuses its memory. */
async function inflated(gzip: Uint8Array, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await inflate(chunked(gzip, size), (chunk) => chunks.push(Buffer.from(chunk)));
  return Buffer.concat(chunks);
}

describe('inflate', () => {
  it.each([1, 100, 4096, 1 << 18, GZIP.length])('gives the plain bytes from chunks of %i', async (size) => {
    const [gzip, plain] =
      size === 1 ? [gzipSync(PLAIN.subarray(0, 10_000)), PLAIN.subarray(0, 10_000)] : [GZIP, PLAIN];
    expect((await inflated(gzip, size)).equals(plain)).toBe(true);
  });

  it('reads several members, and an empty one among them', async () => {
    const members = Buffer.concat([GZIP, gzipSync(Buffer.alloc(0)), gzipSync('end')]);
    expect((await inflated(members, 50_000)).equals(Buffer.concat([PLAIN, Buffer.from('end')]))).toBe(true);
  });

  it('lends the same memory again', async () => {
    const buffers = new Set<ArrayBufferLike>();
    await inflate(chunked(GZIP, 1 << 16), (chunk) => buffers.add(chunk.buffer));
    expect(buffers.size).toBe(1);
  });

  it.each([
    ['a missing last byte', GZIP.subarray(0, -1), 'truncated'],
    ['a missing half', GZIP.subarray(0, GZIP.length >> 1), 'truncated'],
    ['a wrong checksum', edited(-8), 'crc-mismatch'],
    ['a wrong size', edited(-4), 'length-mismatch'],
    ['text behind it', Buffer.concat([GZIP, Buffer.from('more')]), 'not-gzip'],
    ['plain text instead of gzip', Buffer.from('plain text'), 'not-gzip'],
  ])('refuses a stream with %s', async (_, gzip, code) => {
    await expect(inflate(chunked(gzip, 1 << 16), () => undefined)).rejects.toMatchObject({ code });
  });

  it('fails with the error of `take`, and the next call begins anew', async () => {
    const full = new Error('full');
    const refuse = () => {
      throw full;
    };
    await expect(inflate(chunked(GZIP, 1 << 16), refuse)).rejects.toBe(full);
    expect((await inflated(GZIP, 1 << 16)).equals(PLAIN)).toBe(true);
  });
});

/** The gzip with one bit flipped in the byte at `at`, a negative position counted from the end. */
function edited(at: number): Buffer {
  const bytes = Buffer.from(GZIP);
  bytes[bytes.length + at] ^= 1;
  return bytes;
}

import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { randomBytes, randomNumbers } from '@nx-linuxkit/testing';
import { compressionOf, decompress } from './decompress.js';
import { collect } from './verify.js';

const PLAIN = randomBytes(randomNumbers(1), 1_500_000);
const zstd = (bytes: Uint8Array, ...args: string[]) =>
  spawnSync('zstd', ['-q', '-c', ...args], { input: bytes, maxBuffer: 1 << 28 }).stdout;
const SKIPPABLE = Buffer.from('502a4d180400000000000000', 'hex');

async function* chunked(bytes: Uint8Array, size = 70_000): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const inflate = (bytes: Uint8Array, limits = {}) =>
  collect(decompress(chunked(bytes), limits), 1 << 30, 'layer');

describe('a layer', () => {
  it.each([
    ['plain', () => PLAIN, 'none'],
    ['empty', () => Buffer.alloc(0), 'none'],
    ['gzip', () => gzipSync(PLAIN), 'gzip'],
    [
      'gzip of several members',
      () => Buffer.concat([gzipSync(PLAIN.subarray(0, 9)), gzipSync(PLAIN.subarray(9))]),
      'gzip',
    ],
    ['zstd', () => zstd(PLAIN), 'zstd'],
    [
      'zstd of several frames',
      () => Buffer.concat([zstd(PLAIN.subarray(0, 9)), zstd(PLAIN.subarray(9))]),
      'zstd',
    ],
    ['zstd after a skippable frame', () => Buffer.concat([SKIPPABLE, zstd(PLAIN)]), 'zstd'],
    ['zstd with a long window', () => zstd(PLAIN, '--long=27'), 'zstd'],
  ])('that is %s is decompressed', async (name, make, compression) => {
    const bytes = make();
    expect(compressionOf(bytes)).toBe(compression);
    expect((await inflate(bytes)).equals(name === 'empty' ? Buffer.alloc(0) : PLAIN)).toBe(true);
  });

  it.each([
    ['gzip cut in its header', () => gzipSync(PLAIN).subarray(0, 5)],
    ['gzip cut in the middle', () => gzipSync(PLAIN).subarray(0, 500_000)],
    ['gzip cut in its trailer', () => gzipSync(PLAIN).subarray(0, -1)],
    [
      'gzip cut in its second member',
      () => Buffer.concat([gzipSync('x'), gzipSync(PLAIN).subarray(0, 1000)]),
    ],
    ['zstd cut in its header', () => zstd(PLAIN).subarray(0, 5)],
    ['zstd cut in the middle', () => zstd(PLAIN).subarray(0, 500_000)],
    ['zstd cut in its checksum', () => zstd(PLAIN).subarray(0, -1)],
  ])('that is %s is truncated', async (_, make) => {
    await expect(inflate(make())).rejects.toMatchObject({ code: 'truncated' });
  });

  it('that is gzip with a wrong byte is damaged', async () => {
    const bytes = gzipSync(PLAIN);
    bytes[bytes.length - 6] ^= 1;
    await expect(inflate(bytes)).rejects.toMatchObject({ code: 'invalid-compression' });
  });

  it('that is a bomb is stopped by its ratio and by its size', async () => {
    const bomb = gzipSync(Buffer.alloc(20 << 20));
    await expect(inflate(bomb, { ratioFrom: 1 << 20, ratio: 100 })).rejects.toMatchObject({
      code: 'too-large',
    });
    await expect(inflate(bomb, { bytes: 1 << 20 })).rejects.toMatchObject({ code: 'too-large' });
    expect((await inflate(bomb)).length).toBe(20 << 20);
  });

  it('that needs a window of 1 GiB is refused before the window is allocated', async () => {
    const frame = Buffer.concat([zstd(PLAIN), Buffer.from('28b52ffd00a0010000', 'hex'), Buffer.alloc(20)]);
    await expect(inflate(frame)).rejects.toMatchObject({
      code: 'invalid-compression',
    });
  });

  it('passes the error of its source on, and stops its source when its reader stops', async () => {
    const failing = async function* () {
      yield gzipSync(PLAIN).subarray(0, 400_000);
      throw new Error('cable pulled');
    };
    await expect(collect(decompress(failing()), 1 << 30, 'layer')).rejects.toThrow('cable pulled');
    let stopped = false;
    const gzip = gzipSync(PLAIN);
    const endless = async function* () {
      try {
        for (const chunk of Array(1000).fill(gzip)) yield chunk;
      } finally {
        stopped = true;
      }
    };
    for await (const chunk of decompress(endless())) if (chunk.length > 0) break;
    expect(stopped).toBe(true);
  });
});

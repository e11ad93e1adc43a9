import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { randomBytes, randomNumbers } from '@nx-linuxkit/testing';
import { compressionOf, decompress } from './decompress.js';
import { collect } from './verify.js';

/** Memory is measured in a process of its own, which cannot read TypeScript. */
const DIST = join(__dirname, '..', 'dist', 'decompress.js');
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

  it.each([
    ['xz', 'fd377a585a000004e6d6b446', true],
    ['bzip2', '425a68393141592653590000', true],
    ['bzip2', '425a683117724538509000', true],
    ['lz4', '04224d186040825100', true],
    ['none: a tar that begins with a file BZh9', `425a6839${'00'.repeat(508)}`, false],
  ])('that is %s is told by its first bytes', async (format, hex, refused) => {
    const bytes = Buffer.from(hex, 'hex');
    const result = await inflate(bytes).catch((error: unknown) => error);
    if (refused) {
      expect(result).toMatchObject({
        code: 'invalid-compression',
        message: `the layer is compressed by ${format}, expected gzip, zstd or a plain tar`,
      });
    } else expect(result).toEqual(bytes);
  });

  it('is decoded in pieces of a few blocks, so that no chunk holds gigabytes', async () => {
    // 65,536 blocks of four bytes, each of which is 128 KiB of zeros: 8 GiB out of one chunk of input.
    const rle = Buffer.from([0x02, 0x00, 0x10, 0x00]);
    const frame = Buffer.concat([Buffer.from('28b52ffd0058', 'hex'), ...Array<Buffer>(65_536).fill(rle)]);
    const before = process.memoryUsage().rss;
    let most = 0;
    const reading = (async () => {
      for await (const chunk of decompress(chunked(frame, frame.length))) {
        most = Math.max(most, chunk.length, process.memoryUsage().rss - before);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'too-large' });
    expect(most).toBeLessThan(250 << 20);
  });

  it('that has many frames with large windows holds few of them at once', async () => {
    const frame = Buffer.from('28b52ffd008803001000', 'hex');
    const frames = Buffer.concat(Array<Buffer>(4).fill(frame));
    const script = `
      const { decompress } = require(${JSON.stringify(DIST)});
      (async () => {
        for await (const chunk of decompress([Buffer.from('${frames.toString('hex')}', 'hex')])) void chunk;
        console.log(process.resourceUsage().maxRSS);
      })();`;
    const used = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
    // KiB: Node itself and two windows of 128 MiB are about 300 MiB, and a busy machine adds up to 40; three would be 430.
    expect(used).toBeLessThan(400 * 1024);
  }, 60_000);

  it('that has tiny blocks in a large window is refused, where decoding would take hours', async () => {
    const rle = Buffer.from([0x0a, 0x00, 0x00, 0x00]);
    const frame = Buffer.concat([Buffer.from('28b52ffd0088', 'hex'), ...Array<Buffer>(60_000).fill(rle)]);
    const result = await inflate(frame).catch((error: unknown) => error);
    // Node's own decoder is fast, and finds that the frame does not end.
    expect(result).toMatchObject({ code: expect.stringMatching(/^(too-large|truncated)$/) });
  }, 30_000);

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

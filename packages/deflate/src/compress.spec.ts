import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { compress } from './index.js';
import { chunked, collect, sampleText } from './__tests__/bytes.js';

const CASES: [string, Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['one block less a byte', sampleText((1 << 20) - 1)],
  ['exactly one block', sampleText(1 << 20)],
  ['one block and a byte', sampleText((1 << 20) + 1)],
  ['six blocks, more than are compressed at one time', sampleText(6 << 20)],
  ['zeros', Buffer.alloc(3 << 20)],
];

describe('compress', () => {
  it.each(CASES)('packs %s so that gunzip(1) and zlib give the input back', async (_, plain) => {
    const packed = await collect(compress(chunked(plain, 100_000)));
    expect(gunzipSync(packed).equals(plain)).toBe(true);
    expect(execFileSync('gunzip', ['-c'], { input: packed, maxBuffer: 1 << 28 }).equals(plain)).toBe(true);
  });

  it('gives the same bytes from chunks of any size', async () => {
    const plain = sampleText(3 << 20);
    const whole = await collect(compress(chunked(plain, plain.length)));
    for (const size of [4093, 65_536, (1 << 20) + 1]) {
      expect((await collect(compress(chunked(plain, size)))).equals(whole)).toBe(true);
    }
  });

  it('writes a header without name, time, extra field or operating system', async () => {
    const packed = await collect(compress(chunked(Buffer.from('x'), 1)));
    expect(packed.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  it('is at most 1.05 x the size of pigz -6', async () => {
    const plain = sampleText(4 << 20);
    const packed = await collect(compress(chunked(plain, 1 << 16)));
    const pigz = execFileSync('pigz', ['-6', '-c'], { input: plain, maxBuffer: 1 << 28 });
    expect(packed.length).toBeLessThanOrEqual(1.05 * pigz.length);
  });

  it('fails with the error of its input', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(5 << 20);
      throw new Error('source broke');
    }
    await expect(collect(compress(failing()))).rejects.toThrow('source broke');
  });

  it('refuses a level that zlib does not have', async () => {
    await expect(collect(compress(chunked(Buffer.alloc(1), 1), { level: 12 }))).rejects.toThrow();
  });
});

import { gunzipSync } from 'node:zlib';
import { execFileSync } from 'node:child_process';

import { zstd } from './zstd.js';

async function* pieces(size: number, count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) yield Buffer.alloc(size, `piece ${i} `);
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('an archive becomes one zstd frame that zstd itself reads', async () => {
  const plain = await collect(pieces(5000, 40));
  const frame = await collect(zstd(pieces(5000, 40)));
  expect(frame.readUInt32LE(0)).toBe(0xfd2fb528);
  const unpacked = execFileSync('zstd', ['-dcq'], { input: frame, maxBuffer: 1 << 28 });
  expect(unpacked.equals(plain)).toBe(true);
});

test('the frame does not depend on how the archive is cut', async () => {
  const plain = await collect(pieces(5000, 40));
  const whole = async function* () {
    yield plain;
  };
  expect((await collect(zstd(whole()))).equals(await collect(zstd(pieces(5000, 40))))).toBe(true);
});

test('an archive beyond the frame limit is gzip, so that memory stays bounded', async () => {
  const packed = await collect(zstd(pieces(1 << 20, 65)));
  expect([...packed.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
  expect(gunzipSync(packed).equals(await collect(pieces(1 << 20, 65)))).toBe(true);
});

test('frames that are made side by side do not disturb each other', async () => {
  const [one, two] = await Promise.all([collect(zstd(pieces(100, 3))), collect(zstd(pieces(5000, 40)))]);
  for (const [frame, plain] of [
    [one, pieces(100, 3)],
    [two, pieces(5000, 40)],
  ] as const) {
    expect(execFileSync('zstd', ['-dcq'], { input: frame }).equals(await collect(plain))).toBe(true);
  }
});

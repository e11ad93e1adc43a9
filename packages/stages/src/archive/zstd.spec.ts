import fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { decompress as fzstd } from 'fzstd';
import { RESET_RUN, ZSTD_END, zstdHeader } from './zstd-frame.js';
import { zstd } from './zstd.js';

async function* pieces(size: number, count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i += 1) yield Buffer.alloc(size, `piece ${i} `);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const unpack = (frame: Buffer) => execFileSync('zstd', ['-dcq'], { input: frame, maxBuffer: 1 << 29 });

/** One frame of the blocks of several, as an initrd has them. */
function join(frames: readonly Buffer[], plain: number): Buffer {
  const bodies = frames.map((frame) => frame.subarray(zstdHeader().length, frame.length - ZSTD_END.length));
  return Buffer.concat([zstdHeader(plain), ...bodies, ZSTD_END]);
}

test('an archive becomes one zstd frame that zstd itself reads', async () => {
  const plain = await collect(pieces(5000, 40));
  const frame = await collect(zstd(pieces(5000, 40)));
  expect(frame.readUInt32LE(0)).toBe(0xfd2fb528);
  expect(unpack(frame).equals(plain)).toBe(true);
});

test('the frame does not depend on how the archive is cut', async () => {
  const plain = await collect(pieces(5000, 40));
  expect((await collect(zstd(one(plain)))).equals(await collect(zstd(pieces(5000, 40))))).toBe(true);
});

/** Text that repeats at short and long distances, so that an encoder uses repeat offsets throughout. */
const records = fc
  .array(fc.constantFrom('key=value;', 'key=other;', '0'.repeat(40), 'abcd', '\0'.repeat(25)), {
    maxLength: 400,
  })
  .map((words) => Buffer.from(words.join('')));
const plain = fc.oneof(
  records,
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.alloc(RESET_RUN),
    Buffer.alloc(RESET_RUN - 1),
    Buffer.alloc(300_000, 'ab'),
  ),
);

test('frames of any bytes join to one that zstd and fzstd read', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plain, { maxLength: 5 }), async (all) => {
      const frames = await Promise.all(all.map((bytes) => collect(zstd(one(bytes)))));
      const whole = Buffer.concat(all);
      const joined = join(frames, whole.length);
      expect(unpack(joined).equals(whole)).toBe(true);
      expect(Buffer.from(fzstd(joined)).equals(whole)).toBe(true);
      for (const [i, frame] of frames.entries()) expect(unpack(frame).equals(all[i])).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('frames that are made side by side do not disturb each other', async () => {
  const [first, second] = await Promise.all([collect(zstd(pieces(100, 3))), collect(zstd(pieces(5000, 40)))]);
  expect(unpack(first).equals(await collect(pieces(100, 3)))).toBe(true);
  expect(unpack(second).equals(await collect(pieces(5000, 40)))).toBe(true);
});

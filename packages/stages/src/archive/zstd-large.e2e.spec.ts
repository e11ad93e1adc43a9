import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { zstd } from './zstd.js';

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const unpack = (frame: Buffer) => execFileSync('zstd', ['-dcq'], { input: frame, maxBuffer: 1 << 29 });

test.each([
  ['random bytes between zeros, which are cut at the zeros', () => mixed()],
  ['random bytes alone, which stay as they are', () => randomBytes((64 << 20) + 1000)],
])('more than one call takes %s', async (_, make) => {
  const bytes = make();
  const frame = await collect(zstd(one(bytes)));
  expect(frame.length).toBeLessThan(bytes.length + (1 << 14));
  expect(sha256(unpack(frame))).toBe(sha256(bytes));
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += 9_999_991) yield bytes.subarray(at, at + 9_999_991);
  };
  expect(sha256(await collect(zstd(chunks())))).toBe(sha256(frame));
});

function mixed(): Buffer {
  const bytes = Buffer.alloc((65 << 20) + 17);
  randomBytes(1 << 20).copy(bytes, 0);
  randomBytes(1 << 20).copy(bytes, 63 << 20);
  return bytes;
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

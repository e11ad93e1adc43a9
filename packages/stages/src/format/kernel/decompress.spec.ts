import { execFileSync } from 'node:child_process';
import { bytesContent } from '@nx-linuxkit/tree';
import { randomBytes, randomNumbers } from '@nx-linuxkit/testing';
import { plainBytes } from './decompress.js';
import { decodeBlock } from './lz4.js';
import { findPayload } from './payload.js';

/** More than one block of lz4, compressible, with long runs and overlapping matches. */
const KERNEL = Buffer.concat([
  Buffer.from('\x7fELF'),
  randomBytes(randomNumbers(1), 300_000),
  Buffer.alloc(9 << 20, 'ab'),
  calls(),
  randomBytes(randomNumbers(2), 100_000),
]);

/** Bytes that a filter for machine code must handle: calls near and far, opcodes within addresses, at all distances. */
function calls(): Buffer {
  const next = randomNumbers(3);
  const pick = (values: readonly number[]) => values[Math.floor(next() * values.length)];
  return Buffer.from(Array.from({ length: 400_000 }, () => pick([0xe8, 0xe9, 0, 0xff, 1, 0x90, 0x7f])));
}

const TOOLS: Record<string, readonly string[]> = {
  gzip: ['gzip', '-nc'],
  zstd: ['zstd', '-qc'],
  // The options of scripts/xz_wrap.sh in Linux for x86.
  xz: ['xz', '-c', '--check=crc32', '--x86', '--lzma2=dict=32MiB'],
  lz4: ['lz4', '-qlc'],
};

function compress(compression: string): Buffer {
  const [tool, ...args] = TOOLS[compression];
  return execFileSync(tool, args, { input: KERNEL, maxBuffer: 1 << 28 });
}

function bzImage(payload: Buffer): Buffer {
  const image = Buffer.alloc(3 * 512 + 100);
  image[0x1f1] = 2;
  image.writeUInt16LE(0xaa55, 0x1fe);
  image.write('HdrS', 0x202);
  image.writeUInt32LE(100, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([image, payload, Buffer.alloc(512, 0xcc)]);
}

function zboot(payload: Buffer): Buffer {
  const header = Buffer.alloc(64);
  header.write('MZ\0\0zimg');
  header.writeUInt32LE(64, 8);
  header.writeUInt32LE(payload.length, 12);
  return Buffer.concat([header, payload, Buffer.alloc(100, 0xcc)]);
}

async function decompressed(kernel: Buffer): Promise<Buffer | undefined> {
  const payload = await findPayload(bytesContent(kernel));
  if (!payload) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of plainBytes(payload)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(Object.keys(TOOLS))('%s', (compression) => {
  const bytes = compress(compression);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(KERNEL.length);

  it.each([
    ['a bzImage', bzImage(compression === 'gzip' ? bytes : Buffer.concat([bytes, size]))],
    ['an EFI zboot image', zboot(bytes)],
    ['a compressed Image', bytes],
  ])('%s', async (_, kernel) => {
    expect((await decompressed(kernel))?.equals(KERNEL)).toBe(true);
  });

  it('a payload that is cut short is an error', async () => {
    await expect(decompressed(bytes.subarray(0, bytes.length >> 1))).rejects.toThrow();
  });
});

it.each([
  ['an ELF', Buffer.from('\x7fELF')],
  ['an Image of arm64', Buffer.concat([Buffer.alloc(56), Buffer.from('ARM\x64')])],
  ['an Image of riscv64', Buffer.concat([Buffer.alloc(56), Buffer.from('RSC\x05')])],
])('%s is not compressed', async (_, kernel) => {
  expect(await decompressed(kernel)).toBeUndefined();
});

it.each([
  ['another format', Buffer.from('something else'), /neither a bzImage/],
  ['a payload beyond the file', bzImage(Buffer.alloc(0)), /payload is 0 bytes at 1636/],
  ['another compression', bzImage(Buffer.from('BZh91AY&SY')), /something else/],
])('%s is unsupported', async (_, kernel, message) => {
  await expect(decompressed(kernel)).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringMatching(message),
  });
});

it.each([
  ['literals beyond the input', [0xf0, 255, 255, 1]],
  ['a match before the start', [0x10, 0x61, 2, 0]],
  ['a match at no distance', [0x10, 0x61, 0, 0]],
])('lz4: %s', (_, bytes) => {
  expect(() => decodeBlock(Uint8Array.from(bytes))).toThrow(/payload is damaged/);
});

import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import { bytesContent, gather, readContent, type Content } from '@nx-linuxkit/tree';
import { VerifiedFiles } from '../../verified-files.js';
import { DamagedSegment, initrdContent } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'initrd-spec-'));
afterAll(() => rmSync(folder, { recursive: true }));

const store = Store.open(join(folder, 'store'));
const files = {
  outputPath: (path: string) => join(folder, path),
  store,
  verified: new VerifiedFiles(store),
};
const UCODE = Buffer.from('0123456789');
const BYTES = [3_000_001, 700, 1_500_000].map((size) => randomBytes(size));
const WHOLE = Buffer.concat([UCODE, Buffer.alloc(2), ...BYTES]);

function initrd(damage?: (path: string) => void) {
  const segments = BYTES.map((bytes, i) => {
    writeFileSync(join(folder, `segment-${i}`), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path: `segment-${i}`, size: bytes.length, sha256 };
  });
  damage?.(join(folder, 'segment-0'));
  return initrdContent({ segments }, bytesContent(UCODE), files);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

it('is microcode, padding and all segments, read or lent, as a whole or in part', async () => {
  const content = initrd();
  expect(content.size).toBe(WHOLE.length);
  expect((await collect(readContent(content))).equals(WHOLE)).toBe(true);
  expect((await collect(content.source.lend!(0, WHOLE.length))).equals(WHOLE)).toBe(true);
  for (const [start, end] of [
    [0, 11],
    [5, 3_000_500],
    [3_000_100, 3_000_800],
    [WHOLE.length - 1, WHOLE.length],
  ] as const)
    expect((await collect(content.source.read(start, end))).equals(WHOLE.subarray(start, end))).toBe(true);
});

async function copied(content: Content, start: number, end: number, position: number): Promise<Buffer> {
  const path = join(folder, 'copied');
  const file = await open(path, 'w');
  try {
    await gather(file, (output) => content.source.copy!(start, end, output, position));
  } finally {
    await file.close();
  }
  return readFileSync(path).subarray(position);
}

it('copies itself into a file, as a whole or in part', async () => {
  const content = initrd();
  for (const [start, end] of [
    [0, WHOLE.length],
    [0, 11],
    [5, 3_000_500],
    [3_000_100, WHOLE.length - 1],
  ] as const)
    expect((await copied(content, start, end, 4097)).equals(WHOLE.subarray(start, end))).toBe(true);
});

it('leaves out the bytes before a segment’s start, and verifies the whole segment', async () => {
  const bytes = BYTES[0];
  writeFileSync(join(folder, 'front'), bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const segments = [{ path: 'front', size: bytes.length, sha256, start: 1000 }];
  const content = initrdContent({ segments }, undefined, files);
  expect(content.size).toBe(bytes.length - 1000);
  expect((await collect(readContent(content))).equals(bytes.subarray(1000))).toBe(true);
  expect((await collect(content.source.read(5, 9))).equals(bytes.subarray(1005, 1009))).toBe(true);
  expect((await copied(content, 5, 9, 0)).equals(bytes.subarray(1005, 1009))).toBe(true);
  writeFileSync(join(folder, 'front'), Buffer.from(bytes).fill(1, 0, 9));
  await expect(collect(readContent(content))).rejects.toThrow(DamagedSegment);
});

it('chunks that were read are not overwritten', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(initrd())) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(WHOLE)).toBe(true);
});

describe('a damaged segment is refused by name, however it is read', () => {
  const damages: [string, (path: string) => void][] = [
    [
      'another byte',
      (path) => writeFileSync(path, Buffer.from(BYTES[0]).fill(1, 2_000_000, 2_000_001).fill(2, 9, 10)),
    ],
    ['cut off', (path) => truncateSync(path, 2_000_000)],
    ['longer', (path) => writeFileSync(path, Buffer.concat([BYTES[0], Buffer.from('x')]))],
  ];
  it.each(damages)('%s', async (_, damage) => {
    for (const end of [WHOLE.length, 1000]) {
      const content = initrd(damage);
      await expect(collect(content.source.read(0, end))).rejects.toThrow(DamagedSegment);
      await expect(copied(initrd(damage), 0, end, 0)).rejects.toThrow(DamagedSegment);
    }
  });
});

it('a large segment is hashed by the thread that copies it', async () => {
  const bytes = randomBytes((1 << 25) + 5);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const segments = [{ path: 'large', size: bytes.length, sha256 }];
  const made = () => initrdContent({ segments }, undefined, files);
  const write = (data: Uint8Array) => writeFileSync(join(folder, 'large'), data);
  write(bytes);
  expect((await copied(made(), 0, bytes.length, 3)).equals(bytes)).toBe(true);
  for (const damaged of [Buffer.from(bytes).fill(1, 9, 10).fill(2, 10, 11), bytes.subarray(1)]) {
    write(damaged);
    await expect(copied(made(), 0, bytes.length, 3)).rejects.toThrow(DamagedSegment);
  }
});

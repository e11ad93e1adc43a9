import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import { bytesContent, gather, readContent, type Content } from '@nx-linuxkit/tree';
import { envelopeOf } from '../../archive/envelope.js';
import { initramfsBody, initrdSize } from '../../initramfs/initramfs.js';
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

const { front, end: endOf } = envelopeOf('gzip');
/** What joining must know of a body of so many bytes; which numbers they are shows at the end alone. */
const body = (size: number) => ({ size, plain: 2 * size, crc: 7 });
const inFile = (bytes: Buffer) => Buffer.concat([front, bytes, endOf(body(bytes.length))]);

/** A segment's file, and the segment with all of its body, or with the ranges that are given. */
function segment(path: string, bytes: Buffer, ranges = [{ start: 0, ...body(bytes.length) }]) {
  const file = inFile(bytes);
  writeFileSync(join(folder, path), file);
  return { path, size: file.length, sha256: createHash('sha256').update(file).digest('hex'), ranges };
}

const initramfsOf = (...segments: ReturnType<typeof segment>[]) => ({
  ...{ compressor: 'gzip' as const, segments, unpacked: 0 },
});
/** The end of an initrd of three segments with those bodies. */
const tail = () => {
  const initramfs = initramfsOf(...BYTES.map((bytes, i) => segment(`segment-${i}`, bytes)));
  return endOf(initramfsBody(initramfs));
};
const WHOLE = Buffer.concat([UCODE, Buffer.alloc(2), front, ...BYTES, tail()]);

function initrd(damage?: (path: string) => void) {
  const initramfs = initramfsOf(...BYTES.map((bytes, i) => segment(`segment-${i}`, bytes)));
  damage?.(join(folder, 'segment-0'));
  expect(initrdSize(initramfs)).toBe(WHOLE.length - 12);
  return initrdContent(initramfs, bytesContent(UCODE), files);
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

it('is microcode, padding and all bodies in one envelope, read or lent, as a whole or in part', async () => {
  const content = initrd();
  expect(content.size).toBe(WHOLE.length);
  expect((await collect(readContent(content))).equals(WHOLE)).toBe(true);
  expect((await collect(content.source.lend!(0, WHOLE.length))).equals(WHOLE)).toBe(true);
  for (const [start, end] of [
    [0, 11],
    [10, 30],
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

it('takes ranges of a segment only, and verifies the whole segment', async () => {
  const bytes = BYTES[0];
  const ranges = [
    { start: 1000, ...body(500) },
    { start: 2000, ...body(2_000_000) },
  ];
  for (const taken of [ranges, ranges.slice(1)]) {
    const initramfs = initramfsOf(segment('ranges', bytes, taken));
    const content = () => initrdContent(initramfs, undefined, files);
    const bodies = taken.map(({ start, size }) => bytes.subarray(start, start + size));
    const whole = Buffer.concat([front, ...bodies, endOf(initramfsBody(initramfs))]);
    expect(content().size).toBe(whole.length);
    expect((await collect(readContent(content()))).equals(whole)).toBe(true);
    expect((await copied(content(), 0, whole.length, 0)).equals(whole)).toBe(true);
    expect((await collect(content().source.read(15, 600))).equals(whole.subarray(15, 600))).toBe(true);
    expect((await copied(content(), 500, 700, 0)).equals(whole.subarray(500, 700))).toBe(true);
    writeFileSync(join(folder, 'ranges'), inFile(Buffer.from(bytes).fill(1, 0, 9)));
    await expect(collect(readContent(content()))).rejects.toThrow(DamagedSegment);
    await expect(copied(content(), 0, whole.length, 0)).rejects.toThrow(DamagedSegment);
  }
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
      (path) =>
        writeFileSync(path, inFile(Buffer.from(BYTES[0]).fill(1, 2_000_000, 2_000_001).fill(2, 9, 10))),
    ],
    ['cut off', (path) => truncateSync(path, 2_000_000)],
    ['longer', (path) => writeFileSync(path, Buffer.concat([inFile(BYTES[0]), Buffer.from('x')]))],
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
  const initramfs = initramfsOf(segment('large', bytes));
  const whole = Buffer.concat([front, bytes, endOf(initramfsBody(initramfs))]);
  const made = () => initrdContent(initramfs, undefined, files);
  expect((await copied(made(), 0, whole.length, 3)).equals(whole)).toBe(true);
  for (const damaged of [Buffer.from(bytes).fill(1, 9, 10).fill(2, 10, 11), bytes.subarray(1)]) {
    writeFileSync(join(folder, 'large'), inFile(damaged));
    await expect(copied(made(), 0, whole.length, 3)).rejects.toThrow(DamagedSegment);
  }
});

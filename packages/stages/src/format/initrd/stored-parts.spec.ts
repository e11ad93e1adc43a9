import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import { gather } from '@nx-linuxkit/tree';
import { envelopeOf } from '../../archive/envelope.js';
import { sealText, sha256, writeSealed } from '../../seal.js';
import { VerifiedFiles } from '../../verified-files.js';
import { DamagedSegment, initrdContent } from './index.js';
import type { SegmentFiles } from './segment-body.js';

/** Bodies of the parts in the store. */
const PARTS = [1_500_001, 40, 700_002].map((size) => randomBytes(size));
const { front, end } = envelopeOf('gzip');
const body = (size: number) => ({ size, plain: size, crc: size });
const inFile = (bytes: Buffer) => Buffer.concat([front, bytes, end(body(bytes.length))]);
/** Where the body of the segment begins in its file. */
const FRONT = front.length;

let folder: string;
let store: Store;
let files: SegmentFiles;
const file = () => join(folder, 'node/segment/segment.cpio');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stored-parts-spec-'));
  store = Store.open(join(folder, 'store'));
  for (const [i, bytes] of PARTS.entries())
    await store.put('part', `part-${i}`, (path) => writeFile(path, inFile(bytes)));
  files = { store, outputPath: (path: string) => join(folder, path), verified: new VerifiedFiles(store) };
});
afterEach(() => rmSync(folder, { recursive: true }));

/**
 * Writes a segment as its stage does, and gives its bytes and its entry in the initramfs. Nothing is known of the
 * file.
 */
async function segment({ start = 0 } = {}) {
  const bytes = Buffer.concat(PARTS);
  const whole = inFile(bytes);
  const facts = { parts: PARTS.map((part, i) => ({ id: `part-${i}`, ...body(part.length) })) };
  await writeSealed(join(folder, 'node/segment'), 'key', async (out) => {
    await out.write('segment.cpio', whole);
    return facts;
  });
  const placed = {
    ...{ path: 'node/segment/segment.cpio', size: whole.length, sha256: sha256(whole) },
    ranges: [{ start, ...body(bytes.length - start) }],
  };
  return { bytes: bytes.subarray(start), placed };
}

type Placed = Awaited<ReturnType<typeof segment>>['placed'];

const initramfsOf = (placed: Placed) => ({
  ...{ compressor: 'gzip' as const, segments: [placed], unpacked: 0 },
});

/** What an initrd has of the segment's body. */
async function copied(placed: Placed, from = 0, to = placed.ranges[0].size): Promise<Buffer> {
  const { source } = initrdContent(initramfsOf(placed), undefined, files);
  const [start, end] = [from + FRONT, to + FRONT];
  const path = join(folder, 'copied');
  const output = await open(path, 'w');
  try {
    await gather(output, (writer) => source.copy!(start, end, writer, 0));
    // A hole at the end appears only when the caller sets the size.
    await output.truncate(end - start);
  } finally {
    await output.close();
  }
  return readFileSync(path);
}

async function read(placed: Placed, from = 0, to = placed.ranges[0].size): Promise<Buffer> {
  const { source } = initrdContent(initramfsOf(placed), undefined, files);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(from + FRONT, to + FRONT)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Changes one byte of the segment's file. */
function damage(at: number): void {
  const bytes = readFileSync(file());
  bytes[at] ^= 1;
  writeFileSync(file(), bytes);
}

describe.each([
  ['copied', copied],
  ['read', read],
])('%s', (_, take) => {
  it('parts come from the store, and their bytes in the file are not read', async () => {
    const { bytes, placed } = await segment();
    for (const at of [0, 1_500_100, 1_600_000]) damage(at);
    expect((await take(placed)).equals(bytes)).toBe(true);
  });

  it.each([
    [0, 1],
    [1_500_000, 1_500_044],
    [1_500_002, 1_500_003],
    [1_500_043, 1_500_044],
    [1_500_046, 2_200_000],
    [2_200_000, 2_200_043],
  ])('bytes %d to %d', async (start, end) => {
    const { bytes, placed } = await segment();
    damage(0);
    expect((await take(placed, start, end)).equals(bytes.subarray(start, end))).toBe(true);
  });

  it('parts before the range are left out', async () => {
    const { bytes, placed } = await segment({ start: 1_500_001 });
    damage(1_500_010);
    expect((await take(placed)).equals(bytes)).toBe(true);
    expect((await take(placed, 30, 50)).equals(bytes.subarray(30, 50))).toBe(true);
  });

  describe('the whole file is verified', () => {
    it.each<[string, (placed: Placed) => unknown]>([
      ['where the store lacks a part', () => store.drop('part', 'part-1')],
      ['where a part in the store is damaged', () => writeFileSync(store.derived('part', 'part-1'), 'other')],
      [
        'where a part has another size than it had',
        () => store.put('part', 'part-1', (path) => writeFile(path, randomBytes(50))),
      ],
      ['where nothing says what it was made of', () => rmSync(join(file(), '../stage.json'))],
      [
        'where what it was made of is said of another file',
        ({ sha256: hash }) => {
          const seal = join(file(), '../stage.json');
          const stage = JSON.parse(readFileSync(seal, 'utf8').replaceAll(hash, '0'.repeat(64)));
          writeFileSync(seal, sealText(stage));
        },
      ],
      [
        'where an older build made it, which noted less of the parts',
        () => {
          const seal = join(file(), '../stage.json');
          const stage = JSON.parse(readFileSync(seal, 'utf8'));
          for (const part of stage.facts.parts) delete part.plain;
          writeFileSync(seal, sealText(stage));
        },
      ],
    ])('%s', async (_name, change) => {
      const { bytes, placed } = await segment();
      await change(placed);
      expect((await take(placed)).equals(bytes)).toBe(true);
      damage(0);
      await expect(take(placed)).rejects.toThrow(DamagedSegment);
    });
  });

  it('a file that is known to be intact is read itself, and the store is not asked for parts', async () => {
    const { bytes, placed } = await segment();
    await files.verified.wrote(file(), placed);
    const find = jest.spyOn(store, 'find');
    expect((await take(placed)).equals(bytes)).toBe(true);
    expect(find.mock.calls.filter(([kind]) => kind === 'part')).toEqual([]);
  });

  it('nothing is known of a copy that is restored from a cache', async () => {
    const { bytes, placed } = await segment();
    await files.verified.wrote(file(), placed);
    copyFileSync(file(), `${file()}.restored`);
    renameSync(`${file()}.restored`, file());
    damage(0);
    expect(statSync(file()).size).toBe(placed.size);
    expect((await take(placed)).equals(bytes)).toBe(true);
  });

  it('a missing segment is a damaged one, so that its stage makes it again', async () => {
    const { placed } = await segment();
    rmSync(file());
    await expect(take(placed)).rejects.toThrow(DamagedSegment);
  });
});

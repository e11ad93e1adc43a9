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
import { sha256, writeSealed } from '../../seal.js';
import { VerifiedFiles } from '../../verified-files.js';
import { DamagedSegment, initrdContent } from './index.js';
import type { SegmentFiles } from './segment-piece.js';

/** The bytes of parts in the store. One has a size that is a multiple of four, the others need padding. */
const PARTS = [1_500_001, 40, 700_002].map((size) => randomBytes(size));
const GENERATED = randomBytes(5000);
const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);

let folder: string;
let store: Store;
let files: SegmentFiles;
const file = () => join(folder, 'node/segment/segment.cpio');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stored-parts-spec-'));
  store = Store.open(join(folder, 'store'));
  for (const [i, bytes] of PARTS.entries())
    await store.put('part', `part-${i}`, (path) => writeFile(path, bytes));
  files = { store, path: (path: string) => join(folder, path), verified: new VerifiedFiles(store) };
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a segment as its stage does, and gives its bytes and its entry in the initramfs. Nothing is known of the file. */
async function segment({ generated = GENERATED, parts = PARTS, start = 0 } = {}) {
  const bytes = Buffer.concat([...parts.map(padded), generated]);
  const facts = {
    parts: parts.map((part, i) => ({ id: `part-${i}`, size: padded(part).length })),
    ...(generated.length > 0 && {
      generated: { size: generated.length, sha256: sha256(generated) },
    }),
  };
  await writeSealed(join(folder, 'node/segment'), 'key', async (out) => {
    await out.write('segment.cpio', bytes);
    return facts;
  });
  const placed = { path: 'node/segment/segment.cpio', size: bytes.length, sha256: sha256(bytes), start };
  return { bytes: bytes.subarray(start), placed };
}

type Placed = Awaited<ReturnType<typeof segment>>['placed'];

async function copied(placed: Placed, start = 0, end = placed.size - placed.start): Promise<Buffer> {
  const { source } = initrdContent({ segments: [placed] }, undefined, files);
  const path = join(folder, 'copied');
  const output = await open(path, 'w');
  try {
    await gather(output, (writer) => source.copy!(start, end, writer, 0));
    // Zeros at the end are a hole, which is the caller's to make.
    await output.truncate(end - start);
  } finally {
    await output.close();
  }
  return readFileSync(path);
}

async function read(placed: Placed, start = 0, end = placed.size - placed.start): Promise<Buffer> {
  const { source } = initrdContent({ segments: [placed] }, undefined, files);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(start, end)) chunks.push(chunk);
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
  it('parts come from the store: what their places in the file hold is not looked at', async () => {
    const { bytes, placed } = await segment();
    for (const at of [0, 1_500_100, 1_600_000]) damage(at);
    expect((await take(placed)).equals(bytes)).toBe(true);
  });

  it.each([
    [0, 1],
    [1_500_000, 1_500_044],
    [1_500_002, 1_500_003],
    [1_500_043, 1_500_044],
    [1_500_046, 2_203_000],
    [2_204_000, 2_204_100],
  ])('bytes %d to %d', async (start, end) => {
    const { bytes, placed } = await segment();
    damage(0);
    expect((await take(placed, start, end)).equals(bytes.subarray(start, end))).toBe(true);
  });

  it('parts at the front are left out, and with them a part of the bytes', async () => {
    const { bytes, placed } = await segment({ start: 1_500_004 });
    damage(1_500_010);
    expect((await take(placed)).equals(bytes)).toBe(true);
    expect((await take(placed, 30, 50)).equals(bytes.subarray(30, 50))).toBe(true);
  });

  it('a segment may be parts alone', async () => {
    const { bytes, placed } = await segment({ generated: Buffer.alloc(0) });
    damage(7);
    expect((await take(placed)).equals(bytes)).toBe(true);
  });

  it('a segment may be what its stage generated alone', async () => {
    const { bytes, placed } = await segment({ parts: [] });
    expect((await take(placed)).equals(bytes)).toBe(true);
    damage(7);
    await expect(take(placed)).rejects.toThrow(DamagedSegment);
  });

  it('what follows the parts must be what the stage generated', async () => {
    const { placed } = await segment();
    damage(placed.size - 1);
    await expect(take(placed)).rejects.toThrow(DamagedSegment);
  });

  it('more than is held in memory is verified with the whole file', async () => {
    const { bytes, placed } = await segment({ generated: randomBytes(1_048_580) });
    expect((await take(placed)).equals(bytes)).toBe(true);
    damage(9);
    await expect(take(placed)).rejects.toThrow(DamagedSegment);
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
          writeFileSync(seal, readFileSync(seal, 'utf8').replace(hash, '0'.repeat(64)));
        },
      ],
      [
        'where an older build made it, which noted only the parts',
        () => {
          const seal = join(file(), '../stage.json');
          const stage = JSON.parse(readFileSync(seal, 'utf8'));
          delete stage.facts.generated;
          writeFileSync(seal, JSON.stringify(stage));
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

  it('a file that is known is read itself: the store is not asked for its parts', async () => {
    const { bytes, placed } = await segment();
    await files.verified.wrote(file(), placed);
    const find = jest.spyOn(store, 'find');
    expect((await take(placed)).equals(bytes)).toBe(true);
    expect(find.mock.calls.filter(([kind]) => kind === 'part')).toEqual([]);
  });

  it('a copy that came back from a cache is another file, of which nothing is known', async () => {
    const { bytes, placed } = await segment();
    await files.verified.wrote(file(), placed);
    copyFileSync(file(), `${file()}.restored`);
    renameSync(`${file()}.restored`, file());
    damage(0);
    expect(statSync(file()).size).toBe(placed.size);
    expect((await take(placed)).equals(bytes)).toBe(true);
  });

  it('a segment that is gone is said to be missing, for its stage to make it again', async () => {
    const { placed } = await segment();
    rmSync(file());
    await expect(take(placed)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

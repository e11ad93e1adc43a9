import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ChunkIndex, Found } from '../chunks/chunk-index.js';
import { nameOf } from '../chunks/chunk-name.js';
import { Chunker } from '../chunks/chunker.js';
import { RecordMaker } from '../chunks/record.js';
import { OpList, type Recipe } from '../entry/recipe.js';
import { TarSegmenter } from '../entry/tar-segmenter.js';
import type { OpenPack } from './open-pack.js';

/** Bytes of the archive between two waits for the disk. */
const BLOCK = 256 << 10;

/** What an encoder needs of its owner. */
export interface Packing {
  readonly index: ChunkIndex;
  /** Whether an entry may use a chunk that lies there. */
  isUsable(found: Found): boolean;
  /** The pack that takes new chunks. */
  pack(): OpenPack;
  /** Called between blocks: writes what is in memory, and begins another pack if this one is full. */
  settle(): Promise<void>;
}

/** Cuts a gzipped tar archive into chunks, and packs those that are new. Memory: a few blocks. */
export async function encode(file: string, packing: Packing): Promise<Recipe> {
  const hash = createHash('sha256');
  let size = 0;
  const { segmenter, ops } = encoderOf(packing);
  await pipeline(
    createReadStream(file, { highWaterMark: BLOCK }),
    createGunzip({ chunkSize: BLOCK }),
    async (blocks: AsyncIterable<Buffer>) => {
      for await (const block of blocks) {
        hash.update(block);
        size += block.length;
        segmenter.push(block);
        await packing.settle();
      }
    },
  );
  segmenter.end();
  await packing.settle();
  return { size, sha256: hash.digest('hex'), ops: ops.end() };
}

function encoderOf({ index, isUsable, pack }: Packing): { segmenter: TarSegmenter; ops: OpList } {
  const ops = new OpList();
  const records = new RecordMaker();
  const chunker = new Chunker((chunk) => {
    const name = nameOf(chunk);
    const known = index.find(name);
    if (known && isUsable(known)) return ops.run(known.pack, known.offset, known.length);
    const record = records.make(chunk);
    const { number } = pack();
    const found = { pack: number, offset: pack().append(name, record), length: record.length };
    index.add(name, found);
    ops.run(number, found.offset, found.length);
  });
  const segmenter = new TarSegmenter({
    literal: (bytes) => ops.literal(bytes),
    content: (bytes) => chunker.push(bytes),
    endOfContent: () => {
      chunker.end();
      records.reset();
    },
  });
  return { segmenter, ops };
}

import { gunzipSync } from 'node:zlib';
import {
  BlockIndexer,
  DeflateError,
  inflate,
  rewrite,
  transcode,
  type BlockIndex,
  type Op,
} from '../index.js';
import { chunked, collect, random, type Random } from './bytes.js';
import { randomGzip, randomPlain } from './inputs.js';
import { fewOps, randomArchive, randomOps, type Edit } from './plans.js';

// A local name, for the reason given in bytes.ts.
const { min } = Math;

/**
 * Runs one random case: makes a tar or other bytes, compresses them with random settings and edits the result. Checks
 * that the output decompresses to what `rewrite` gives (the oracle), that neither the input's chunks nor an index of
 * blocks change the output, and that damaged input is refused.
 */
export async function checkSeed(seed: number): Promise<void> {
  const next = random(seed);
  const size = next([1, 300, 20_000, 100_000, 300_000][next(5)]);
  const { plain, ops } = randomCase(next, size);
  const gzip = randomGzip(next, plain);
  const whole = await collect(transcode(chunked(gzip, gzip.length), ops));
  if (!gunzipSync(whole).equals(await rewritten(plain, ops)))
    throw new Error(`seed ${seed}: the output is not what rewrite gives`);
  const pieces = await collect(transcode(chunked(gzip, randomChunk(next, gzip)), ops));
  if (!pieces.equals(whole)) throw new Error(`seed ${seed}: the output depends on the input's chunks`);
  const indexed = await collect(transcode(chunked(gzip, 30_000), ops, await randomIndex(next, gzip, ops)));
  if (!indexed.equals(whole)) throw new Error(`seed ${seed}: the output depends on the index`);
  await checkDamaged(seed, damaged(next, gzip), ops);
}

/** An index whose files are the keeps of the plan, or one file that covers the whole input. */
async function randomIndex(next: Random, gzip: Buffer, ops: Op[]): Promise<BlockIndex | undefined> {
  const keeps = ops.flatMap((op) => ('keep' in op ? [op.keep] : []));
  let [position, at] = [0, 0];
  const keptFrom = () => {
    while (at < keeps.length && keeps[at][1] < position) at++;
    return keeps[at]?.[0] < position ? keeps[at][0] : undefined;
  };
  const fileStart = next(3) > 0 ? keptFrom : () => 0;
  const blocks = new BlockIndexer(fileStart, { least: 1 + next(5_000), most: 1 + next(40) });
  await inflate(chunked(gzip, 1 + next(50_000)), (bytes) => (position += bytes.length), blocks);
  return blocks.finish();
}

function randomCase(next: Random, size: number): Edit {
  const kind = next(9);
  if (kind < 3) return randomArchive(next, size);
  const plain = randomPlain(next, kind === 3 ? 100_000 + next(300_000) : size);
  return { plain, ops: kind === 3 ? fewOps(next, plain.length) : randomOps(next, plain.length) };
}

function randomChunk(next: Random, gzip: Buffer): number {
  return 1 + next([50, 5_000, 1][next(gzip.length > 10_000 ? 2 : 3)]);
}

function rewritten(plain: Buffer, ops: Op[]): Promise<Buffer> {
  return collect(rewrite(chunked(plain, 1 << 20), ops));
}

/** The gzip cut off, with a bit flipped, or with some bytes overwritten. */
function damaged(next: Random, gzip: Buffer): Buffer {
  const kind = next(3);
  if (kind === 0) return gzip.subarray(0, next(gzip.length));
  const copy = Buffer.from(gzip);
  const at = next(gzip.length);
  if (kind === 1) copy[at] ^= 1 << next(8);
  else for (let i = at; i < min(copy.length, at + 4); i++) copy[i] = next(256);
  return copy;
}

/**
 * Checks that damaged input fails with a DeflateError, or else gives what zlib makes of it: damage in a member's name
 * has no effect, and a cut may lie at the end of a member.
 */
async function checkDamaged(seed: number, gzip: Buffer, ops: Op[]): Promise<void> {
  let packed: Buffer;
  try {
    packed = await collect(transcode(chunked(gzip, 10_000), ops));
  } catch (error) {
    if (error instanceof DeflateError) return;
    throw new Error(`seed ${seed}: damaged input fails with another error`, { cause: error });
  }
  const expected = await rewritten(gunzipSync(gzip), ops);
  if (!gunzipSync(packed).equals(expected)) throw new Error(`seed ${seed}: damaged input is accepted`);
}

import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { mapOrdered } from '../container/ordered.js';
import { decodeRun, encodeRun } from './run.js';

/** How blocks are packed. */
export interface Packer {
  /** Tells apart what packs otherwise: `zlib 6`. */
  readonly method: string;
  /** Whether a block that packing does not make smaller stays as it is. */
  readonly keepsPlain: boolean;
  pack(plain: Buffer): Promise<Buffer>;
}

/** An item of a stream; it has plain bytes if there is something to pack. */
export interface Item {
  readonly plain?: Buffer;
}

/** An item whose block was packed; its bytes are the plain ones where packing would not make them smaller. */
export type Packed<T extends Item> = T & { readonly packed?: Buffer };

/** One run of 16 begins after each block on average: with blocks of 64 or 128 KiB, a changed byte packs 1 or 2 MiB anew. */
const RUN_MASK = 0x0f;
/** Blocks of the longest run: they are in memory together. */
const LONGEST_RUN = 32;
/** Runs in memory at one time: enough that one is read while another is packed. */
const RUNS_IN_FLIGHT = 3;

/**
 * Packs the blocks of a stream side by side, and yields its items in order. With a store, runs of blocks that an earlier
 * build has packed are taken from there. A run ends after a block whose SHA-256 says so, so that blocks which are inserted or
 * removed change the runs around them alone. The results are the same with a store and without.
 */
export async function* packBlocks<T extends Item>(
  items: AsyncIterable<T>,
  packer: Packer,
  kept?: BlockStore,
): AsyncIterable<Packed<T>> {
  if (!kept) {
    yield* mapOrdered(items, async (item) =>
      item.plain ? { ...item, packed: await packed(item.plain, packer) } : item,
    );
    return;
  }
  const runs = runsOf(items);
  for await (const run of mapOrdered(runs, (run) => packRun(run, packer, kept), RUNS_IN_FLIGHT)) yield* run;
}

interface Digested<T extends Item> {
  readonly item: T;
  /** SHA-256 of the plain bytes. */
  readonly digest?: Uint8Array;
}

/** Hashes at once: Node copies what it gives to a thread, which takes as long as a processor that knows SHA-256 takes to hash. */
function withDigest<T extends Item>(item: T): Digested<T> {
  return item.plain ? { item, digest: createHash('sha256').update(item.plain).digest() } : { item };
}

async function* runsOf<T extends Item>(items: AsyncIterable<T>): AsyncIterable<Digested<T>[]> {
  let run: Digested<T>[] = [];
  let blocks = 0;
  for await (const item of items) {
    const digested = withDigest(item);
    run.push(digested);
    if (!digested.digest) continue;
    blocks += 1;
    if (blocks < LONGEST_RUN && (digested.digest[0]! & RUN_MASK) !== 0) continue;
    yield run;
    run = [];
    blocks = 0;
  }
  if (run.length > 0) yield run;
}

async function packRun<T extends Item>(
  run: readonly Digested<T>[],
  packer: Packer,
  kept: BlockStore,
): Promise<Packed<T>[]> {
  const plain = run.flatMap(({ item }) => item.plain ?? []);
  if (plain.length === 0) return run.map(({ item }) => item);
  const key = keyOf(run, packer);
  const found = await kept.find(key);
  const blocks = (found && decodeRun(found, plain)) ?? (await packAndKeep(key, plain, packer, kept));
  let next = 0;
  return run.map(({ item }) => (item.plain ? { ...item, packed: blocks[next++]! } : item));
}

async function packAndKeep(
  key: string,
  plain: readonly Buffer[],
  packer: Packer,
  kept: BlockStore,
): Promise<Buffer[]> {
  const blocks = await Promise.all(plain.map((block) => packed(block, packer)));
  await kept.put(key, encodeRun(blocks, plain));
  return blocks;
}

/** Blocks of one method have one size, so the digests alone say where each begins; zlib's own version decides bytes too. */
function keyOf(run: readonly Digested<Item>[], { method, keepsPlain }: Packer): string {
  const hash = createHash('sha256').update(`${method} ${keepsPlain} ${process.versions.zlib}\n`);
  for (const { digest } of run) if (digest) hash.update(digest);
  return hash.digest('hex');
}

async function packed(plain: Buffer, { keepsPlain, pack }: Packer): Promise<Buffer> {
  const bytes = await pack(plain);
  return keepsPlain && bytes.length >= plain.length ? plain : bytes;
}

import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { mapOrdered } from '../container/ordered.js';
import { decodeRun, encodeRun } from './run.js';
import { nameOfDigest, SimilarRuns, type PackedByDigest } from './similar-runs.js';

/** How blocks are packed. */
export interface Packer {
  /** Tells apart what packs otherwise: `zlib 6`. */
  readonly method: string;
  /** Whether a block that packing does not make smaller stays as it is. */
  readonly keepsPlain: boolean;
  pack(plain: Buffer): Promise<Buffer>;
}

/** A block that is read when it has to be packed, and not where its packed bytes are kept. */
export interface BlockOnDemand {
  /** Names the plain bytes as their SHA-256 does. */
  readonly digest: Uint8Array;
  load(): Promise<Buffer>;
}

/** An item of a stream; it has plain bytes if there is something to pack. */
export interface Item {
  readonly plain?: Buffer | BlockOnDemand;
}

/** An item whose block was packed. */
export type Packed<T extends Item> = T & {
  readonly packed?: Buffer;
  /** Whether the packed bytes are the plain ones, because packing would not make them smaller. */
  readonly isPlain?: boolean;
};

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
      item.plain ? withPacked(item, await packed(await bytesOf(item.plain), packer)) : item,
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
  const { plain } = item;
  if (!plain) return { item };
  return {
    item,
    digest: Buffer.isBuffer(plain) ? createHash('sha256').update(plain).digest() : plain.digest,
  };
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
  const digests = run.flatMap(({ digest }) => digest ?? []);
  const key = keyOf(digests, packer);
  const found = await kept.find(key);
  const known = found && decodeRun(found, plain.length);
  const blocks = known
    ? await filledIn(known, plain)
    : await packAndKeep({ key, digests, plain }, packer, kept);
  let next = 0;
  return run.map(({ item }) => (item.plain ? withPacked(item, blocks[next++]!) : item));
}

/** A packed block, or a plain one that stayed as it is. */
interface Block {
  readonly bytes: Buffer;
  readonly isPlain: boolean;
}

const withPacked = <T extends Item>(item: T, { bytes, isPlain }: Block): Packed<T> => ({
  ...item,
  packed: bytes,
  isPlain,
});

/** Reads the blocks that stayed as they are. */
function filledIn(known: readonly (Buffer | undefined)[], plain: readonly (Buffer | BlockOnDemand)[]) {
  return Promise.all(
    known.map(async (bytes, i): Promise<Block> =>
      bytes ? { bytes, isPlain: false } : { bytes: await bytesOf(plain[i]!), isPlain: true },
    ),
  );
}

/** The blocks of a run that no earlier build has packed. */
interface NewRun {
  readonly key: string;
  readonly digests: readonly Uint8Array[];
  /** A block for each digest. */
  readonly plain: readonly (Buffer | BlockOnDemand)[];
}

/** Packs a run, other than those of its blocks that are in a similar run, and keeps it. */
async function packAndKeep(
  { key, digests, plain }: NewRun,
  packer: Packer,
  kept: BlockStore,
): Promise<Block[]> {
  const similar = new SimilarRuns((part) => keyOf(part, packer), kept);
  const there = await similar.find(digests);
  const blocks = await Promise.all(
    plain.map((block, i) => takenFrom(there, digests[i]!, block) ?? packedLater(block, packer)),
  );
  await kept.put(key, encodeRun(blocks.map(({ bytes, isPlain }) => (isPlain ? undefined : bytes))));
  await similar.note(digests);
  return blocks;
}

/** A block that a similar run has; undefined where it has none. */
function takenFrom(
  there: PackedByDigest,
  digest: Uint8Array,
  plain: Buffer | BlockOnDemand,
): Promise<Block> | undefined {
  const name = nameOfDigest(digest);
  if (!there.has(name)) return undefined;
  const bytes = there.get(name);
  return bytes
    ? Promise.resolve({ bytes, isPlain: false })
    : Promise.resolve(bytesOf(plain)).then((own) => ({ bytes: own, isPlain: true }));
}

const packedLater = async (block: Buffer | BlockOnDemand, packer: Packer): Promise<Block> =>
  packed(await bytesOf(block), packer);

/** Blocks of one method have one size, so the digests alone say where each begins; zlib's own version decides bytes too. */
function keyOf(digests: readonly Uint8Array[], { method, keepsPlain }: Packer): string {
  const hash = createHash('sha256').update(`${method} ${keepsPlain} ${process.versions.zlib}\n`);
  for (const digest of digests) hash.update(digest);
  return hash.digest('hex');
}

async function packed(plain: Buffer, { keepsPlain, pack }: Packer): Promise<Block> {
  const bytes = await pack(plain);
  const isPlain = keepsPlain && bytes.length >= plain.length;
  return { bytes: isPlain ? plain : bytes, isPlain };
}

function bytesOf(plain: Buffer | BlockOnDemand): Buffer | Promise<Buffer> {
  return Buffer.isBuffer(plain) ? plain : plain.load();
}

import { inThread } from '@nx-linuxkit/deflate';
import type { Content } from '@nx-linuxkit/tree';
import { mapOrdered } from '../../container/ordered.js';
import { lendSlice } from '../../image/image.js';
import { BLOCK } from '../directory.js';
import { blocksOf, clusterSizes, type Cluster } from './clusters.js';
import type { ClustersToPack } from './pack-clusters.js';
import { encodeTable, type PackedTable } from './table.js';
import { PACK_CLUSTERS } from './threads.js';

/** Bytes of a thread's job: a message for each cluster would cost more than compressing some of them. */
const JOB = 1 << 20;
/** Jobs at one time: one that is read, and some in the hands of threads. Each takes about 3 MiB. */
const JOBS_IN_FLIGHT = 6;

/** A part of a content, in the order of the contents. */
interface Piece {
  readonly content: Content;
  /** Offset in the content. */
  readonly start: number;
  readonly size: number;
}

/**
 * Packs contents for a compressed erofs: yields whole blocks, and at last a table of what lies where. The bytes depend on
 * the contents alone. A content of one cluster that packing does not make smaller by a block is in the table, without clusters
 * and without bytes. A larger one keeps such clusters as they are, because nothing may hold the whole content.
 *
 * @throws DiskError `short-content` if a source gives fewer or more bytes than its size says.
 */
export async function* packContents(contents: readonly Content[]): AsyncGenerator<Uint8Array> {
  const table: PackedTable = new Map();
  let next = 0;
  let [block, clusters]: [number, Cluster[]] = [0, []];
  for await (const { pieces, packed, bytes } of mapOrdered(jobsOf(contents), pack, JOBS_IN_FLIGHT)) {
    let at = 0;
    for (const [i, { content, start, size }] of pieces.entries()) {
      const plain = bytes.subarray(at, (at += size));
      const blocks = packed[i] ?? (size < content.size ? wholeBlocks(plain) : undefined);
      if (blocks) {
        clusters.push({ size, packed: packed[i] ? blocks.length / BLOCK : 0 });
        next += blocks.length / BLOCK;
        yield blocks;
      }
      if (start + size < content.size) continue;
      table.set(content, { block, clusters });
      [block, clusters] = [next, []];
    }
  }
  yield encodeTable(table);
}

interface Job {
  readonly pieces: readonly Piece[];
  /** Bytes of all pieces, one behind the other. */
  readonly bytes: Uint8Array;
}

async function pack({ pieces, bytes }: Job) {
  const data: ClustersToPack = { bytes, sizes: pieces.map(({ size }) => size) };
  const packed = await inThread<(Uint8Array | undefined)[]>(PACK_CLUSTERS, data, { weight: bytes.length });
  return { pieces, bytes, packed };
}

async function* jobsOf(contents: readonly Content[]): AsyncGenerator<Job> {
  let pieces: Piece[] = [];
  let size = 0;
  for (const piece of piecesOf(contents)) {
    pieces.push(piece);
    size += piece.size;
    if (size < JOB) continue;
    yield read(pieces, size);
    [pieces, size] = [[], 0];
  }
  if (pieces.length > 0) yield read(pieces, size);
}

function* piecesOf(contents: readonly Content[]): Iterable<Piece> {
  for (const content of contents) {
    let start = 0;
    for (const size of clusterSizes(content.size)) {
      yield { content, start, size };
      start += size;
    }
  }
}

async function read(pieces: readonly Piece[], size: number): Promise<Job> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { content, start, size: length } of pieces) {
    for await (const chunk of lendSlice(content, start, start + length)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
  }
  return { pieces, bytes };
}

function wholeBlocks(plain: Uint8Array): Uint8Array {
  const blocks = new Uint8Array(blocksOf(plain.length) * BLOCK);
  blocks.set(plain);
  return blocks;
}

import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate, type ZlibOptions } from 'node:zlib';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { writeFully, type Inode } from '@nx-linuxkit/tree';
import { lendSlice } from '../image/image.js';
import { isZero } from '../image/zeros.js';
import { fileSize, walk, type Node } from '../node/node.js';
import { BlockBuffers } from '../packing/block-buffers.js';
import { packBlocks } from '../packing/pack-blocks.js';
import { OpenFragment } from './fragment.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflate);

/** Flag in a block's size for a block that is stored uncompressed. */
const STORED = 1 << 24;
/** Where the data of a file lie. */
export interface FileData {
  /** Offset of the first block in bytes. */
  readonly start: number;
  /** Stored sizes of the blocks; 0 stands for a block of zeros, which is not stored. */
  readonly sizes: readonly number[];
  /** Bytes in all blocks of zeros. */
  readonly sparse: number;
  /** Where the file lies in a fragment block, if it is smaller than a block. */
  readonly fragment?: { readonly index: number; readonly offset: number };
}

/** A block that several small files share. */
export interface Fragment {
  /** Offset in bytes. */
  readonly start: number;
  /** Stored size, with the flag STORED if it is uncompressed. */
  readonly size: number;
}

/** Where the data of all files lie. */
export interface WrittenData {
  readonly files: ReadonlyMap<Inode, FileData>;
  readonly fragments: readonly Fragment[];
  /** Offset of the byte behind the data. */
  readonly end: number;
}

/** How data are written. */
export interface DataOptions {
  /** Offset of the first byte. */
  readonly start: number;
  /** Bytes. */
  readonly blockSize: number;
  readonly level: number;
  readonly kept?: BlockStore;
}

/** A block of a file that has more than one; `plain` is absent for a block of zeros. */
interface FileBlock {
  readonly inode: Inode;
  /** Bytes. */
  readonly size: number;
  readonly plain?: Buffer;
  /** The digest of the file, at its last block, if another file has the same size. */
  readonly digest?: string;
  readonly last: boolean;
}

/** A fragment block that is full. */
interface FullFragment {
  readonly fragment: true;
  readonly plain: Buffer;
}

/**
 * Writes the contents of all files from byte `start` on, one after the other, deflated in parallel. Files smaller than a
 * block share fragment blocks. A file that turns out to equal an earlier one is taken back and refers to the data of
 * that one.
 */
export async function writeData(
  file: FileHandle,
  root: Node,
  { start, blockSize, level, kept }: DataOptions,
): Promise<WrittenData> {
  const output = new DataOutput(file, start);
  const files = new Map<Inode, FileData>();
  const fragments: Fragment[] = [];
  const contents = new Map<string, FileData>();
  const buffers = new BlockBuffers(blockSize);
  const packer = {
    method: `zlib ${level}`,
    keepsPlain: true,
    pack: (plain: Buffer) => compress(plain, { level, chunkSize: plain.length + 1024 }),
  };
  let current: { start: number; sizes: number[]; sparse: number } | undefined;
  for await (const block of packBlocks(blocksOf(root, buffers, blockSize, files), packer, kept)) {
    if ('fragment' in block) {
      fragments.push({ start: output.end, size: await output.write(block.plain, block.packed!) });
      continue;
    }
    const { inode, plain, packed, size, digest, last } = block;
    current ??= { start: output.end, sizes: [], sparse: 0 };
    current.sizes.push(plain ? await output.write(plain, packed!) : 0);
    if (plain) buffers.give(plain);
    else current.sparse += size;
    if (!last) continue;
    const known = digest === undefined ? undefined : contents.get(digest);
    if (known) output.takeBack(current.start);
    const data = known ?? current;
    if (digest !== undefined) contents.set(digest, data);
    files.set(inode, data);
    current = undefined;
  }
  return { files, fragments, end: output.end };
}

/**
 * Yields the blocks of all files in tree order, each hard-linked file once. Small files go into fragment blocks, and into `files`,
 * at once; a fragment block follows the file that has filled it.
 */
async function* blocksOf(
  root: Node,
  buffers: BlockBuffers,
  blockSize: number,
  files: Map<Inode, FileData>,
): AsyncIterable<FileBlock | FullFragment> {
  const isUnique = uniqueSizes(root);
  const small = new Map<string, FileData>();
  const open = new OpenFragment(blockSize);
  for (const inode of filesOf(root)) {
    const size = fileSize(inode);
    const hash = isUnique(size) ? undefined : createHash('sha256');
    let left = size;
    for await (const plain of piecesOf(inode, buffers, blockSize)) {
      left -= plain.length;
      hash?.update(plain);
      const digest = left === 0 && hash ? `${size} ${hash.digest('hex')}` : undefined;
      if (size >= blockSize) {
        const block = { inode, size: plain.length, digest, last: left === 0 };
        const isEmpty = isZero(plain);
        if (isEmpty) buffers.give(plain);
        yield isEmpty ? block : { ...block, plain };
        continue;
      }
      const known = digest === undefined ? undefined : small.get(digest);
      if (!known && !open.hasRoom(plain)) yield { fragment: true, plain: open.take() };
      const data = known ?? { start: 0, sizes: [], sparse: 0, fragment: open.add(plain) };
      if (digest !== undefined) small.set(digest, data);
      files.set(inode, data);
      buffers.give(plain);
      if (open.isFull) yield { fragment: true, plain: open.take() };
    }
  }
  if (!open.isEmpty) yield { fragment: true, plain: open.take() };
}

/** Lists the files with content in tree order, each hard-linked file once. */
function* filesOf(root: Node): Iterable<Inode> {
  const seen = new Set<Inode>();
  for (const { inode } of walk(root)) {
    if (inode.type !== 'file' || fileSize(inode) === 0 || seen.has(inode)) continue;
    seen.add(inode);
    yield inode;
  }
}

/** Tells which sizes only one file has: no other file can have the same content. */
function uniqueSizes(root: Node): (size: number) => boolean {
  const counts = new Map<number, number>();
  for (const inode of filesOf(root)) counts.set(fileSize(inode), (counts.get(fileSize(inode)) ?? 0) + 1);
  return (size) => counts.get(size) === 1;
}

/** Yields the content of a file in blocks, which the reader gives back; the last one may be smaller. */
async function* piecesOf(inode: Inode, buffers: BlockBuffers, blockSize: number): AsyncIterable<Buffer> {
  let left = fileSize(inode);
  let plain = buffers.take(Math.min(blockSize, left));
  let used = 0;
  for await (const chunk of lendSlice(inode.content!)) {
    for (let done = 0; done < chunk.length;) {
      const count = Math.min(plain.length - used, chunk.length - done);
      plain.set(chunk.subarray(done, done + count), used);
      used += count;
      done += count;
      if (used < plain.length) continue;
      left -= used;
      yield plain;
      if (left > 0) plain = buffers.take(Math.min(blockSize, left));
      used = 0;
    }
  }
}

/** Appends blocks to the data area. */
class DataOutput {
  constructor(
    private readonly file: FileHandle,
    public end: number,
  ) {}

  /** Writes a packed block, or the plain one if packing has kept it, and returns its stored size with the flag STORED. */
  async write(plain: Buffer, packed: Buffer): Promise<number> {
    await writeFully(this.file, packed, this.end);
    this.end += packed.length;
    return packed === plain ? packed.length | STORED : packed.length;
  }

  /** Takes back the bytes from `start` on: the next block overwrites them. */
  takeBack(start: number): void {
    this.end = start;
  }
}

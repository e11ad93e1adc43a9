import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, deflate, type ZlibOptions } from 'node:zlib';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { writeFully, type Content, type Inode } from '@nx-linuxkit/tree';
import { lendSlice } from '../image/image.js';
import { isZero } from '../image/zeros.js';
import { fileSize, inodeCount, walk, type Node } from '../node/node.js';
import { BlockBuffers } from '../packing/block-buffers.js';
import { isOfZeros, KnownContents, ZEROS, type ContentFacts } from '../packing/known-contents.js';
import { packBlocks, type BlockOnDemand } from '../packing/pack-blocks.js';
import { SmallFileData, type FileData, type Fragment, type WrittenData } from './file-data.js';
import { OpenFragment, type SmallFile } from './fragment.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflate);

/** Flag in a block's size for a block that is stored uncompressed. */
const STORED = 1 << 24;

/** How data are written. */
export interface DataOptions {
  /** Offset of the first byte. */
  readonly start: number;
  /** Bytes. */
  readonly blockSize: number;
  readonly level: number;
  readonly kept?: BlockStore;
}

/** A block of an unknown content, whose buffer is given back, or of one that is read on demand. */
type Block = BlockOnDemand & { readonly bytes?: Buffer };

/** A block of a file that has more than one; `plain` is absent for a block of zeros. */
interface FileBlock {
  /** Id of the file's node. */
  readonly id: number;
  /** Bytes. */
  readonly size: number;
  readonly plain?: Block;
  /** The digest of the file, at its last block, if another file has the same size. */
  readonly digest?: string;
  readonly last: boolean;
}

/** A fragment block that is full. */
interface FullFragment {
  readonly fragment: true;
  readonly plain: BlockOnDemand;
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
  const files = new Array<FileData | undefined>(inodeCount(root));
  const fragments: Fragment[] = [];
  const contents = new Map<string, FileData>();
  const buffers = new BlockBuffers(blockSize);
  const known = new KnownContents(blockSize, kept);
  const packer = {
    method: `zlib ${level}`,
    keepsPlain: true,
    pack: (plain: Buffer) => compress(plain, { level, chunkSize: plain.length + 1024 }),
  };
  let current: { start: number; sizes: number[]; sparse: number } | undefined;
  for await (const block of packBlocks(blocksOf(root, files, { buffers, known, blockSize }), packer, kept)) {
    if ('fragment' in block) {
      fragments.push({ start: output.end, size: await output.write(block.packed!, block.isPlain) });
      continue;
    }
    const { id, plain, packed, isPlain, size, digest, last } = block;
    current ??= { start: output.end, sizes: [], sparse: 0 };
    current.sizes.push(plain ? await output.write(packed!, isPlain) : 0);
    if (plain?.bytes) buffers.give(plain.bytes);
    if (!plain) current.sparse += size;
    if (!last) continue;
    const same = digest === undefined ? undefined : contents.get(digest);
    if (same) output.takeBack(current.start);
    const data = same ?? current;
    if (digest !== undefined) contents.set(digest, data);
    files[id] = data;
    current = undefined;
  }
  await known.save();
  return { files, fragments, end: output.end };
}

/** What reading files needs. */
interface Reading {
  readonly buffers: BlockBuffers;
  readonly known: KnownContents;
  /** Bytes. */
  readonly blockSize: number;
}

/**
 * Yields the blocks of all files in tree order, each hard-linked file once. Small files go into fragment blocks, and into `files`,
 * at once; a fragment block follows the file that has filled it. Contents that are known are read when a block of them has
 * to be packed.
 */
async function* blocksOf(
  root: Node,
  files: (FileData | undefined)[],
  reading: Reading,
): AsyncIterable<FileBlock | FullFragment> {
  const { buffers, known, blockSize } = reading;
  const isUnique = uniqueSizes(root);
  const small = new Map<string, FileData>();
  const open = new OpenFragment(blockSize);
  for (const node of filesOf(root)) {
    const content = node.inode.content!;
    const facts = await known.find(content);
    if (content.size >= blockSize) {
      const named = !isUnique(content.size);
      yield* facts ? knownBlocks(node, facts, named, blockSize) : readBlocks(node, named, reading);
      continue;
    }
    const file = facts ? smallFile(content, facts) : await readSmall(content, reading);
    const digest = `${content.size} ${Buffer.from(file.digest).toString('latin1')}`;
    const same = small.get(digest);
    if (!same && !open.hasRoom(file)) yield { fragment: true, plain: open.take() };
    const data = same ?? new SmallFileData(open.add(file));
    if (!same) small.set(digest, data);
    files[node.id] = data;
    if (file.bytes) buffers.give(file.bytes);
    if (open.isFull) yield { fragment: true, plain: open.take() };
  }
  if (!open.isEmpty) yield { fragment: true, plain: open.take() };
}

function smallFile(content: Content, { digests, crc32: crc }: ContentFacts, bytes?: Buffer): SmallFile {
  return {
    ...{ size: content.size, digest: digests[0]!, crc32: crc, bytes },
    readInto: (target) => readInto(target, content, 0),
  };
}

async function readSmall(content: Content, { buffers, known }: Reading): Promise<SmallFile> {
  const bytes = buffers.take(content.size);
  await readInto(bytes, content, 0);
  const facts = { digests: [sha256(bytes)], crc32: crc32(bytes) };
  await known.add(content, facts);
  return smallFile(content, facts, bytes);
}

/** Yields the blocks of a file that are read when one has to be packed. */
function* knownBlocks(
  { id, inode }: Node,
  { digests }: ContentFacts,
  named: boolean,
  blockSize: number,
): Iterable<FileBlock> {
  const content = inode.content!;
  for (const [i, digest] of digests.entries()) {
    const size = Math.min(blockSize, content.size - i * blockSize);
    const load = async () => {
      const bytes = Buffer.allocUnsafeSlow(size);
      await readInto(bytes, content, i * blockSize);
      return bytes;
    };
    const last = i === digests.length - 1;
    const plain = isOfZeros(digest) ? undefined : { digest, load };
    yield { id, size, plain, last, digest: last && named ? nameOf(content, digests) : undefined };
  }
}

/** Reads a file, and yields its blocks. */
async function* readBlocks(
  { id, inode }: Node,
  named: boolean,
  { buffers, known, blockSize }: Reading,
): AsyncIterable<FileBlock> {
  const content = inode.content!;
  const digests: Uint8Array[] = [];
  let left = content.size;
  for await (const bytes of piecesOf(inode, buffers, blockSize)) {
    left -= bytes.length;
    const isEmpty = isZero(bytes);
    const digest = isEmpty ? ZEROS : sha256(bytes);
    digests.push(digest);
    const plain = isEmpty ? undefined : { digest, bytes, load: async () => bytes };
    if (isEmpty) buffers.give(bytes);
    const last = left === 0;
    if (last) await known.add(content, { digests, crc32: 0 });
    yield {
      id,
      size: bytes.length,
      plain,
      last,
      digest: last && named ? nameOf(content, digests) : undefined,
    };
  }
}

/** Equal for files of equal bytes. */
const nameOf = ({ size }: Content, digests: readonly Uint8Array[]): string =>
  `${size} ${sha256(Buffer.concat(digests)).toString('hex')}`;

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** Fills a buffer with the bytes of a content from `start` on. */
async function readInto(target: Buffer, content: Content, start: number): Promise<void> {
  let at = 0;
  for await (const chunk of lendSlice(content, start, start + target.length)) {
    target.set(chunk, at);
    at += chunk.length;
  }
}

/** Lists the files with content in tree order, each hard-linked file once. */
function* filesOf(root: Node): Iterable<Node> {
  const seen = new Uint8Array(inodeCount(root));
  for (const node of walk(root)) {
    if (node.inode.type !== 'file' || fileSize(node.inode) === 0 || seen[node.id]) continue;
    seen[node.id] = 1;
    yield node;
  }
}

/** Tells which sizes only one file has: no other file can have the same content. */
function uniqueSizes(root: Node): (size: number) => boolean {
  const counts = new Map<number, number>();
  for (const { inode } of filesOf(root)) counts.set(fileSize(inode), (counts.get(fileSize(inode)) ?? 0) + 1);
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

  /** Writes a packed block, or one that packing has left plain, and returns its stored size with the flag STORED. */
  async write(packed: Buffer, isPlain = false): Promise<number> {
    await writeFully(this.file, packed, this.end);
    this.end += packed.length;
    return isPlain ? packed.length | STORED : packed.length;
  }

  /** Takes back the bytes from `start` on: the next block overwrites them. */
  takeBack(start: number): void {
    this.end = start;
  }
}

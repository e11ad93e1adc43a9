import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate, type ZlibOptions } from 'node:zlib';
import { writeFully, type Inode } from '@nx-linuxkit/tree';
import { mapOrdered } from '../container/ordered.js';
import { lendSlice } from '../image/image.js';
import { isZero } from '../image/zeros.js';
import { fileSize, walk, type Node } from '../node/node.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflate);

/** Flag in a block's size for a block that is stored uncompressed. */
const STORED = 1 << 24;
/** Fragment blocks that are compressed at one time; before one more begins, the oldest is written. */
const FRAGMENTS_IN_FLIGHT = 8;

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

interface PackedBlock {
  readonly inode: Inode;
  readonly plain: Buffer;
  /** The compressed bytes; absent for a block of zeros and for a small file, which goes into a fragment. */
  readonly bytes?: Buffer;
  readonly last: boolean;
}

/**
 * Writes the contents of all files from byte `start` on, one after the other, deflated in parallel. Files smaller than a
 * block share fragment blocks. A file that turns out to equal an earlier one is taken back and refers to the data of
 * that one.
 */
export async function writeData(
  file: FileHandle,
  root: Node,
  { start, blockSize, level }: { start: number; blockSize: number; level: number },
): Promise<WrittenData> {
  const pack = (plain: Buffer): Promise<Buffer> => compress(plain, { level, chunkSize: plain.length + 1024 });
  const output = new DataOutput(file, start, blockSize, pack);
  const contents = new Map<string, FileData>();
  const files = new Map<Inode, FileData>();
  let current:
    { hash: ReturnType<typeof createHash>; start: number; sizes: number[]; sparse: number } | undefined;
  const packed = mapOrdered(blocksOf(root, blockSize), async (block): Promise<PackedBlock> => {
    const small = fileSize(block.inode) < blockSize;
    return small || isZero(block.plain) ? block : { ...block, bytes: await pack(block.plain) };
  });
  for await (const { inode, plain, bytes, last } of packed) {
    current ??= { hash: createHash('sha256'), start: output.end, sizes: [], sparse: 0 };
    current.hash.update(plain);
    const small = fileSize(inode) < blockSize;
    if (bytes) current.sizes.push(await output.write(plain, bytes));
    else if (!small) {
      current.sizes.push(0);
      current.sparse += plain.length;
    }
    if (!last) continue;
    const key = `${fileSize(inode)} ${current.hash.digest('hex')}`;
    const known = contents.get(key);
    if (known) output.takeBack(current.start);
    const { start: first, sizes, sparse } = current;
    const data = known ?? {
      start: first,
      sizes,
      sparse,
      fragment: small ? await output.addFragment(plain) : undefined,
    };
    contents.set(key, data);
    files.set(inode, data);
    current = undefined;
  }
  return { files, ...(await output.finish()) };
}

/** Yields the blocks of all files with content in tree order, each hard-linked file once. */
async function* blocksOf(root: Node, blockSize: number): AsyncIterable<Omit<PackedBlock, 'bytes'>> {
  const seen = new Set<Inode>();
  for (const { inode } of walk(root)) {
    if (inode.type !== 'file' || fileSize(inode) === 0 || seen.has(inode)) continue;
    seen.add(inode);
    let left = fileSize(inode);
    let plain = Buffer.alloc(Math.min(blockSize, left));
    let used = 0;
    for await (const chunk of lendSlice(inode.content!)) {
      for (let done = 0; done < chunk.length;) {
        const count = Math.min(plain.length - used, chunk.length - done);
        plain.set(chunk.subarray(done, done + count), used);
        used += count;
        done += count;
        if (used < plain.length) continue;
        left -= used;
        yield { inode, plain, last: left === 0 };
        plain = Buffer.alloc(Math.min(blockSize, left));
        used = 0;
      }
    }
  }
}

/** Appends blocks to the data area: blocks of files at once, fragment blocks when they are full and compressed. */
class DataOutput {
  readonly #fragments: Fragment[] = [];
  readonly #compressing: { plain: Buffer; bytes: Promise<Buffer> }[] = [];
  #open: Buffer;
  #openUsed = 0;
  #started = 0;

  constructor(
    private readonly file: FileHandle,
    public end: number,
    private readonly blockSize: number,
    private readonly pack: (plain: Buffer) => Promise<Buffer>,
  ) {
    this.#open = Buffer.alloc(blockSize);
  }

  /** Writes a block, deflated if that is smaller, and returns its stored size with the flag STORED. */
  async write(plain: Buffer, deflated: Buffer): Promise<number> {
    const smaller = deflated.length < plain.length;
    const bytes = smaller ? deflated : plain;
    await writeFully(this.file, bytes, this.end);
    this.end += bytes.length;
    return smaller ? bytes.length : bytes.length | STORED;
  }

  /** Takes back the bytes from `start` on: the next block overwrites them. */
  takeBack(start: number): void {
    this.end = start;
  }

  async addFragment(plain: Buffer): Promise<{ index: number; offset: number }> {
    if (this.#openUsed + plain.length > this.blockSize) await this.#startFragment();
    const place = { index: this.#started, offset: this.#openUsed };
    plain.copy(this.#open, this.#openUsed);
    this.#openUsed += plain.length;
    return place;
  }

  async finish(): Promise<{ fragments: Fragment[]; end: number }> {
    if (this.#openUsed > 0) await this.#startFragment();
    while (this.#compressing.length > 0) await this.#writeFragment();
    return { fragments: this.#fragments, end: this.end };
  }

  async #startFragment(): Promise<void> {
    if (this.#compressing.length === FRAGMENTS_IN_FLIGHT) await this.#writeFragment();
    const plain = this.#open.subarray(0, this.#openUsed);
    const bytes = this.pack(plain);
    // Marks a failure as handled: another failure may end the writer before this block is awaited.
    bytes.catch(() => undefined);
    this.#compressing.push({ plain, bytes });
    this.#open = Buffer.alloc(this.blockSize);
    this.#openUsed = 0;
    this.#started++;
  }

  async #writeFragment(): Promise<void> {
    const { plain, bytes } = this.#compressing.shift()!;
    const start = this.end;
    this.#fragments.push({ start, size: await this.write(plain, await bytes) });
  }
}

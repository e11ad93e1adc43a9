import { createHash } from 'node:crypto';
import {
  bytesContent,
  DEFAULT_MTIME,
  modeOf,
  nameToBytes,
  type ByteSource,
  type Content,
  type Entry,
  type Inode,
} from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { makeImage, readSlice, type Extent, type Image } from '../image/image.js';
import { lazyContent } from '../image/lazy-content.js';
import { zeros } from '../image/zeros.js';
import { countLinks } from '../node/links.js';
import { encodeDevice } from '../node/device.js';
import { nodesOf, type Node } from '../node/node.js';
import { treeId } from '../node/tree-id.js';
import { guidFrom } from '../partition/guid.js';
import { BLOCK, encodeDirectory } from './directory.js';
import {
  SUPERBLOCK_END,
  headBytes,
  layOut,
  nidOf,
  type Layout,
  type PlacedInode,
  type Region,
} from './layout.js';
import { encodeIndex } from './packed/cluster-index.js';
import { MOST_BLOCKS, packedBlocks } from './packed/clusters.js';
import type { PackedVolume } from './packed/volume.js';
import { encodeXattrs, xattrCount } from './xattrs.js';

/** How to make an erofs volume. */
export interface ErofsOptions {
  /** The volume's own time in seconds since 1970; DEFAULT_MTIME by default. */
  readonly mtime?: number;
  /** Volume label, at most 15 bytes. */
  readonly label?: string;
  /**
   * Tells which files lie behind all others, with their metadata and contents: those that change between two versions of
   * a tree, so that most blocks stay the same. By default all files lie in their order.
   */
  readonly isLast?: (inode: Inode) => boolean;
  /**
   * Contents that `packContents` has compressed: files that have one of them as their content are compressed, all others are as
   * they are. At most one volume for each source.
   */
  readonly packed?: readonly PackedVolume[];
}

const SUPERBLOCK = 1024;
const MAGIC = 0xe0f5e1e2;
/** Values of i_format: bit 0 marks an extended inode, the next three bits tell where its data lie. */
const PLAIN = 1;
const INLINE = 1 | (2 << 1);
const COMPRESSED = 1 | (1 << 1);

/** Features of a compressed volume: 0padding, and clusters of several blocks with their configuration. */
const LZ4_FEATURES = 1 | 2;
/** The bit of LZ4 in the list of algorithms. */
const LZ4 = 1;
/** How far a match of LZ4 may lie back, in bytes. */
const LZ4_DISTANCE = 0xffff;
/** Bytes of struct z_erofs_lz4_cfgs; its size stands before it. */
const LZ4_CONFIG = 14;
/** Offset of the first inode of a compressed volume, a multiple of 32: the configuration follows the superblock. */
const COMPRESSED_START = 1024 + 128 + 32;

/**
 * An erofs volume, a read-only file system of Linux (fs/erofs/erofs_fs.h). Keeps owners, modes, times,
 * devices and extended attributes. Contents are read when a writer asks.
 *
 * @throws DiskError `bad-name`, `unsupported-entry`, `image-too-large` or `bad-option`.
 */
export function erofsImage(entries: Iterable<Entry>, options: ErofsOptions = {}): Image {
  const root = nodesOf(entries);
  const { isLast = () => false, packed = [] } = options;
  const start = packed.length > 0 ? COMPRESSED_START : SUPERBLOCK_END;
  const layout = layOut(root, { isLast, start, packed });
  const linksOf = countLinks(root);
  const id = treeId(root, ['erofs', ...packed.map(({ blocks }) => blocks.source.id)].join(' '));
  return makeImage(layout.blocks * BLOCK, [
    { offset: SUPERBLOCK, content: bytesContent(encodeSuperblock(layout, id, options)) },
    ...layout.regions.flatMap((region) => [
      { offset: region.start, content: metadata(region, layout, linksOf, id) },
      ...dataExtents(region, layout, id),
    ]),
    ...layout.volumes.map(({ volume, block }) => ({ offset: block * BLOCK, content: volume.blocks })),
  ]);
}

/** The superblock: erofs_fs.h, struct erofs_super_block. */
function encodeSuperblock(
  layout: Layout,
  id: string,
  { mtime = DEFAULT_MTIME, label = '', packed = [] }: ErofsOptions,
): Buffer {
  if (Buffer.byteLength(label) > 15) {
    throw new DiskError('bad-option', `expected an erofs label of at most 15 bytes, got '${label}'`);
  }
  const block = Buffer.alloc(packed.length > 0 ? COMPRESSED_START - SUPERBLOCK : 128);
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt8(Math.log2(BLOCK), 12);
  block.writeUInt16LE(nidOf(layout.regions[0]!.inodes[0]!), 14);
  block.writeBigUInt64LE(BigInt(layout.count), 16);
  block.writeBigUInt64LE(BigInt(mtime), 24);
  block.writeUInt32LE(layout.blocks, 36);
  guidFrom(`erofs ${id}`).copy(block, 48);
  block.write(label, 64);
  if (packed.length > 0) {
    block.writeUInt32LE(LZ4_FEATURES, 80);
    block.writeUInt16LE(LZ4, 84);
    block.writeUInt16LE(LZ4_CONFIG, 128);
    block.writeUInt16LE(LZ4_DISTANCE, 130);
    block.writeUInt16LE(MOST_BLOCKS, 132);
  }
  return block;
}

/** Inodes, attributes and inline data. They are encoded while they are read, so that they are never all in memory. */
function metadata(
  { inodes, start: first, end: last }: Region,
  layout: Layout,
  linksOf: (node: Node) => number,
  id: string,
): Content {
  const size = last - first;
  const source: ByteSource = {
    id: `erofs metadata ${first === SUPERBLOCK_END ? '' : `${first} `}${id}`,
    size,
    async *read(start, end) {
      let at = start + first;
      const stop = end + first;
      for (let i = lastBefore(inodes, at); i < inodes.length && at < stop; i++) {
        const placed = inodes[i]!;
        const bytes = await encodeWithTail(placed, layout, linksOf);
        yield* zeros(Math.min(placed.offset, stop) - at);
        at = Math.max(at, Math.min(placed.offset, stop));
        const part = bytes.subarray(at - placed.offset, stop - placed.offset);
        if (placed.offset >= stop) return;
        yield part;
        at += part.length;
      }
      yield* zeros(stop - at);
    },
  };
  return { source, offset: 0, size };
}

/** Index of the last inode that begins at or before `offset`. */
function lastBefore(inodes: readonly PlacedInode[], offset: number): number {
  let low = 0;
  let high = inodes.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (inodes[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

async function encodeWithTail(
  placed: PlacedInode,
  layout: Layout,
  linksOf: (node: Node) => number,
): Promise<Buffer> {
  const { node, size, inlineBytes, packed, block } = placed;
  const parts: Uint8Array[] = [encodeInode(placed, linksOf(node)), encodeXattrs(node.inode, node.path)];
  if (packed) {
    const index = encodeIndex(packed, size, block);
    const used = parts.reduce((sum, part) => sum + part.length, index.length);
    parts.push(Buffer.alloc(headBytes(placed) - used), index);
  }
  if (inlineBytes > 0) {
    const bytes = ownBytes(node, layout);
    if (bytes) parts.push(bytes.subarray(size - inlineBytes));
    else
      for await (const chunk of readSlice(node.inode.content!, size - inlineBytes, size)) parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** An inode: erofs_fs.h, struct erofs_inode_extended. */
function encodeInode(
  { node, number, xattrBytes, size, inlineBytes, block, packed }: PlacedInode,
  links: number,
): Buffer {
  const { inode, path } = node;
  const bytes = Buffer.alloc(64);
  bytes.writeUInt16LE(packed ? COMPRESSED : inlineBytes > 0 ? INLINE : PLAIN, 0);
  bytes.writeUInt16LE(xattrCount(xattrBytes), 2);
  bytes.writeUInt16LE(modeOf(inode), 4);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  const place = packed ? packedBlocks(packed) : block;
  bytes.writeUInt32LE(inode.device ? encodeDevice(inode.device, path) : place, 16);
  bytes.writeUInt32LE(number, 20);
  bytes.writeUInt32LE(inode.uid, 24);
  bytes.writeUInt32LE(inode.gid, 28);
  bytes.writeBigInt64LE(BigInt(inode.mtime), 32);
  bytes.writeUInt32LE(links, 44);
  return bytes;
}

/** The data of a directory (its entries) or of a symlink (its target); undefined for other types. */
function ownBytes(node: Node, { placeOf }: Layout): Buffer | undefined {
  if (node.inode.type === 'dir') return encodeDirectory(node, (named) => nidOf(placeOf(named)));
  return node.inode.type === 'symlink' ? nameToBytes(node.inode.target ?? '') : undefined;
}

function* dataExtents({ inodes, end }: Region, layout: Layout, id: string): Iterable<Extent> {
  let next = Math.ceil(end / BLOCK);
  for (const { node, number, size, inlineBytes, block, packed } of inodes) {
    const bytes = size - inlineBytes;
    // A block that is not new belongs to an earlier, equal content.
    if (bytes === 0 || packed || block < next) continue;
    next = block + Math.ceil(bytes / BLOCK);
    const { content } = node.inode;
    const data =
      node.inode.type === 'file'
        ? { ...content!, size: bytes }
        : lazyContent(createHash('sha256').update(`erofs data ${number} ${id}`).digest('hex'), bytes, () =>
            ownBytes(node, layout)!,
          );
    yield { offset: block * BLOCK, content: data };
  }
}

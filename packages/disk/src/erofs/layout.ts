import { nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { alignUp } from '../image/units.js';
import { fileSize, inodeCount, walk, type Node } from '../node/node.js';
import { BLOCK, directorySize } from './directory.js';
import type { PackedContent } from './packed/clusters.js';
import { INDEX_ALIGNMENT, indexBytes } from './packed/cluster-index.js';
import type { PackedVolume } from './packed/volume.js';
import { encodeXattrs } from './xattrs.js';

/** The unit of inode addresses (`nid`) in bytes. */
const SLOT = 32;
/** Bytes of an extended inode. The compact inode has no mtime, and only 16 bits for owners. */
const INODE = 64;
/** Offset of the byte behind the superblock. */
export const SUPERBLOCK_END = 1024 + 128;

/** An inode at its place; sizes and offsets are in bytes. */
export interface PlacedInode {
  readonly node: Node;
  /** st_ino, counted from 1. */
  readonly number: number;
  /** Offset from the image's start. */
  readonly offset: number;
  readonly xattrBytes: number;
  /** Size of the content, the symlink's target or the directory. */
  readonly size: number;
  /** Bytes at the content's end that follow the inode; all other bytes lie in blocks. */
  readonly inlineBytes: number;
  /** The content of a packed file, whose index follows the attributes. */
  readonly packed?: PackedContent;
  /** First block of the other bytes; it is set once all metadata are placed. */
  block: number;
}

/** Inodes that lie one after the other, and behind them the blocks of their contents. */
export interface Region {
  readonly inodes: readonly PlacedInode[];
  /** Offset of the first byte of the metadata. */
  readonly start: number;
  /** Offset of the byte behind the metadata. */
  readonly end: number;
}

/** Packed contents at their place in an image. */
export interface PlacedVolume {
  readonly volume: PackedVolume;
  /** First block. */
  readonly block: number;
}

/** The places of all inodes and blocks of an image. */
export interface Layout {
  /** The first one begins with the root. */
  readonly regions: readonly Region[];
  readonly volumes: readonly PlacedVolume[];
  readonly placeOf: (node: Node) => PlacedInode;
  /** Number of inodes. */
  readonly count: number;
  /** Number of blocks of the image. */
  readonly blocks: number;
}

export const nidOf = ({ offset }: PlacedInode): number => offset / SLOT;

/** What a layout depends on beside the tree. */
export interface LayoutOptions {
  readonly isLast: (inode: Inode) => boolean;
  /** Offset of the first inode in bytes; a multiple of 32. */
  readonly start: number;
  readonly packed: readonly PackedVolume[];
}

/**
 * Places the inodes in tree order, each followed by its attributes and, if it fits the block, the end of its content. Packed
 * contents follow as they are, one volume after the other. Files for which `isLast` holds have a region of their own at the end, so
 * that their sizes move no other file.
 */
export function layOut(root: Node, { isLast, start: first, packed }: LayoutOptions): Layout {
  const [usual, last]: [Node[], Node[]] = [[], []];
  const count = inodeCount(root);
  const seen = new Uint8Array(count);
  for (const node of walk(root)) {
    if (seen[node.id]) continue;
    seen[node.id] = 1;
    (node.inode.type === 'file' && isLast(node.inode) ? last : usual).push(node);
  }
  /** By the id of a node. */
  const places = new Array<PlacedInode>(count);
  const known = new Map<string, number>();
  const regions: Region[] = [];
  const volumes: PlacedVolume[] = [];
  let start = first;
  for (const nodes of last.length > 0 ? [usual, last] : [usual]) {
    const inodes = placeInodes(nodes, start, places, regions, packed);
    const final = inodes.at(-1)!;
    const end = final.offset + headBytes(final) + final.inlineBytes;
    regions.push({ inodes, start, end });
    let block = placeData(inodes, Math.ceil(end / BLOCK), known);
    if (nodes === usual) {
      for (const volume of packed) {
        volumes.push({ volume, block });
        block += volume.contents.size / BLOCK;
      }
    }
    start = block * BLOCK;
  }
  placePacked(places, volumes);
  const placeOf = ({ id }: Node) => places[id]!;
  return { regions, volumes, placeOf, count, blocks: start / BLOCK };
}

/** Sets the first block of each packed file. */
function placePacked(inodes: Iterable<PlacedInode>, volumes: readonly PlacedVolume[]): void {
  const starts = new Map(volumes.map(({ volume, block }) => [volume.source, block]));
  for (const inode of inodes) {
    if (inode.packed) inode.block = starts.get(inode.node.inode.content!.source.id)! + inode.packed.block;
  }
}

/** Bytes of an inode with what follows it, up to its inline bytes. */
export function headBytes({
  xattrBytes,
  packed,
  size,
}: Pick<PlacedInode, 'xattrBytes' | 'packed' | 'size'>): number {
  const plain = INODE + xattrBytes;
  return packed ? alignUp(plain, INDEX_ALIGNMENT) + indexBytes(size) : plain;
}

function placeInodes(
  nodes: readonly Node[],
  start: number,
  places: PlacedInode[],
  before: readonly Region[],
  volumes: readonly PackedVolume[],
): PlacedInode[] {
  const bySource = new Map(volumes.map((volume) => [volume.source, volume]));
  const inodes: PlacedInode[] = [];
  let number = before.reduce((sum, region) => sum + region.inodes.length, 0);
  let at = start;
  for (const node of nodes) {
    const xattrBytes = node.inode.xattrs ? encodeXattrs(node.inode, node.path).length : 0;
    if (xattrBytes > 0xffff * 4) {
      throw new DiskError(
        'unsupported-entry',
        `${node.path}: erofs holds ${0xffff * 4} bytes of extended attributes, got ${xattrBytes}`,
      );
    }
    const size = sizeOf(node);
    const { content } = node.inode;
    const packed = content && bySource.get(content.source.id)?.contents.find(content);
    const head = headBytes({ xattrBytes, packed, size });
    number += 1;
    // One literal: an object that is spread together takes twice the memory.
    const { offset, inlineBytes } = placeInode(at, head, packed ? 0 : size % BLOCK);
    const inode: PlacedInode = { node, number, offset, xattrBytes, size, inlineBytes, packed, block: 0 };
    inodes.push(inode);
    places[node.id] = inode;
    at = inode.offset + head + inode.inlineBytes;
  }
  return inodes;
}

/** Places an inode. Inline data must end in the block in which they begin; a new block is begun if that wastes little. */
function placeInode(at: number, head: number, tail: number): { offset: number; inlineBytes: number } {
  const offset = alignUp(at, SLOT);
  // The inode itself does not cross a block border either, because the kernel would read it more slowly.
  const start = (offset % BLOCK) + INODE > BLOCK ? alignUp(offset, BLOCK) : offset;
  const fits = (from: number): boolean => ((from + head) % BLOCK) + tail <= BLOCK;
  if (tail === 0 || fits(start)) return { offset: start, inlineBytes: tail };
  const next = alignUp(start, BLOCK);
  const wasted = next - start;
  return wasted < BLOCK - tail && fits(next)
    ? { offset: next, inlineBytes: tail }
    : { offset: start, inlineBytes: 0 };
}

/**
 * Places whole blocks of contents in tree order; equal contents share their blocks, which `known` has by content. Returns
 * the number of the block behind the last one.
 */
function placeData(inodes: readonly PlacedInode[], firstBlock: number, known: Map<string, number>): number {
  let block = firstBlock;
  for (const inode of inodes) {
    const bytes = inode.size - inode.inlineBytes;
    if (bytes === 0 || inode.packed) continue;
    const { content } = inode.node.inode;
    const key = content && `${content.source.id} ${content.offset} ${bytes}`;
    inode.block = (key && known.get(key)) || block;
    if (inode.block !== block) continue;
    if (key) known.set(key, block);
    block += Math.ceil(bytes / BLOCK);
  }
  if (block > 2 ** 32 - 1) throw new DiskError('image-too-large', 'erofs holds 16 TiB, the tree has more');
  return block;
}

function sizeOf(node: Node): number {
  if (node.inode.type === 'dir') return directorySize(node);
  if (node.inode.type === 'symlink') return nameToBytes(node.inode.target ?? '').length;
  return node.inode.type === 'file' ? fileSize(node.inode) : 0;
}

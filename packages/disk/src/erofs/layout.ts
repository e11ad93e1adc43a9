import { nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { alignUp } from '../image/units.js';
import { fileSize, identity, walk, type Node } from '../node/node.js';
import { BLOCK, directorySize } from './directory.js';
import { encodeXattrs } from './xattrs.js';

/** The unit of inode addresses (`nid`) in bytes. */
const SLOT = 32;
/** Bytes of an extended inode. The compact inode has no mtime, and only 16 bits for owners. */
const INODE = 64;
/** Offset of the first inode, right behind the superblock. */
export const FIRST_INODE = 1024 + 128;

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

/** The places of all inodes and blocks of an image. */
export interface Layout {
  /** The first one begins with the root. */
  readonly regions: readonly Region[];
  readonly placeOf: (node: Node) => PlacedInode;
  /** Number of inodes. */
  readonly count: number;
  /** Number of blocks of the image. */
  readonly blocks: number;
}

export const nidOf = ({ offset }: PlacedInode): number => offset / SLOT;

/**
 * Places the inodes in tree order, each followed by its attributes and, if it fits the block, the end of its content. Files
 * for which `isLast` holds have a region of their own at the end, so that their sizes move no other file.
 */
export function layOut(root: Node, isLast: (inode: Inode) => boolean): Layout {
  const [first, last]: [Node[], Node[]] = [[], []];
  const seen = new Set<object>();
  for (const node of walk(root)) {
    if (seen.has(identity(node))) continue;
    seen.add(identity(node));
    (node.inode.type === 'file' && isLast(node.inode) ? last : first).push(node);
  }
  const places = new Map<object, PlacedInode>();
  const known = new Map<string, number>();
  const regions: Region[] = [];
  let start = FIRST_INODE;
  for (const nodes of last.length > 0 ? [first, last] : [first]) {
    const inodes = placeInodes(nodes, start, places);
    const final = inodes.at(-1)!;
    const end = final.offset + INODE + final.xattrBytes + final.inlineBytes;
    regions.push({ inodes, start, end });
    start = placeData(inodes, Math.ceil(end / BLOCK), known) * BLOCK;
  }
  const placeOf = (node: Node) => places.get(identity(node))!;
  return { regions, placeOf, count: places.size, blocks: start / BLOCK };
}

function placeInodes(nodes: readonly Node[], start: number, places: Map<object, PlacedInode>): PlacedInode[] {
  const inodes: PlacedInode[] = [];
  let at = start;
  for (const node of nodes) {
    const xattrBytes = encodeXattrs(node.inode, node.path).length;
    if (xattrBytes > 0xffff * 4) {
      throw new DiskError(
        'unsupported-entry',
        `${node.path}: erofs holds ${0xffff * 4} bytes of extended attributes, got ${xattrBytes}`,
      );
    }
    const size = sizeOf(node);
    const place = placeInode(at, INODE + xattrBytes, size % BLOCK);
    const inode = { node, number: places.size + 1, xattrBytes, size, block: 0, ...place };
    inodes.push(inode);
    places.set(identity(node), inode);
    at = inode.offset + INODE + xattrBytes + inode.inlineBytes;
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
    if (bytes === 0) continue;
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

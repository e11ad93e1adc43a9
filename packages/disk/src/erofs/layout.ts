import { nameToBytes } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { alignUp } from '../image/zeros.js';
import { fileSize, identity, walk, type Node } from '../node/node.js';
import { BLOCK, directorySize } from './directory.js';
import { encodeXattrs } from './xattrs.js';

/** Inodes are addressed in units of 32 bytes: their `nid`. */
const SLOT = 32;
/** The extended inode: the compact one has no time of its own, and 16 bits for owners. */
export const INODE = 64;
/** Metadata begins behind the superblock. */
export const FIRST_INODE = 1024 + 128;

export interface PlacedInode {
  readonly node: Node;
  /** From 1, for st_ino. */
  readonly number: number;
  /** Bytes from the image's start. */
  readonly offset: number;
  readonly xattrBytes: number;
  /** Of the content, the target or the directory. */
  readonly size: number;
  /** Bytes at the content's end that follow the inode; the rest are whole blocks, unless this is 0. */
  readonly inlineBytes: number;
  /** First block of the rest, set once metadata are placed. */
  block: number;
}

export interface Layout {
  readonly inodes: readonly PlacedInode[];
  readonly placeOf: (node: Node) => PlacedInode;
  /** Where metadata end. */
  readonly metadataEnd: number;
  readonly blocks: number;
}

export const nidOf = ({ offset }: PlacedInode): number => offset / SLOT;

/** Inodes in tree order, each with its attributes and, where it fits its block, the end of its content. */
export function layOut(root: Node): Layout {
  const inodes: PlacedInode[] = [];
  const places = new Map<object, PlacedInode>();
  let at = FIRST_INODE;
  for (const node of walk(root)) {
    if (places.has(identity(node))) continue;
    const xattrBytes = encodeXattrs(node.inode, node.path).length;
    if (xattrBytes > 0xffff * 4) {
      throw new DiskError('unsupported-entry', `${node.path}: too many extended attributes`);
    }
    const size = sizeOf(node);
    const place = placeInode(at, INODE + xattrBytes, size % BLOCK);
    const inode = { node, number: inodes.length + 1, xattrBytes, size, block: 0, ...place };
    inodes.push(inode);
    places.set(identity(node), inode);
    at = inode.offset + INODE + xattrBytes + inode.inlineBytes;
  }
  const blocks = placeData(inodes, Math.ceil(at / BLOCK));
  return { inodes, placeOf: (node) => places.get(identity(node))!, metadataEnd: at, blocks };
}

/** What is inline must end in the block in which it begins; a new block is begun for it if that wastes little. */
function placeInode(at: number, head: number, tail: number): { offset: number; inlineBytes: number } {
  const offset = alignUp(at, SLOT);
  // The inode itself does not cross blocks either: the kernel could read it, but slower.
  const start = (offset % BLOCK) + INODE > BLOCK ? alignUp(offset, BLOCK) : offset;
  const fits = (from: number): boolean => ((from + head) % BLOCK) + tail <= BLOCK;
  if (tail === 0 || fits(start)) return { offset: start, inlineBytes: tail };
  const next = alignUp(start, BLOCK);
  const wasted = next - start;
  return wasted < BLOCK - tail && fits(next)
    ? { offset: next, inlineBytes: tail }
    : { offset: start, inlineBytes: 0 };
}

/** Whole blocks, in tree order; equal contents share theirs. */
function placeData(inodes: readonly PlacedInode[], firstBlock: number): number {
  const known = new Map<string, number>();
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

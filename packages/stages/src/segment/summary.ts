import { IMPLIED_DIR, Tree, applyLayers, type Inode } from '@nx-linuxkit/tree';
import type { PlacedImage } from './placed-image.js';

/** What an initramfs must know of a segment without looking at the image's tree. */
export interface SegmentSummary {
  /** Where the image's root lies in the initramfs. */
  readonly prefix: string;
  /** Metadata that the image gives its root folder, if it names it. */
  readonly root?: Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime'>;
  /** Bytes of memory that the unpacked files take. */
  readonly unpacked: number;
  /** Paths of programs with file capabilities. */
  readonly capable: readonly string[];
}

/** Bytes of a page of memory on every architecture that is built here. */
const PAGE = 4096;

/** Summarises a placed image. */
export function summarise({ prefix, tree }: PlacedImage): SegmentSummary {
  const inode = tree.get(prefix);
  const said = inode && inode !== IMPLIED_DIR;
  return {
    prefix,
    ...(said && { root: { mode: inode.mode, uid: inode.uid, gid: inode.gid, mtime: inode.mtime } }),
    unpacked: unpackedSize(tree),
    capable: capablePrograms(tree),
  };
}

/** Places only the folder of a summarised image, without its content. */
export function emptyFolder({ prefix, root }: SegmentSummary): PlacedImage {
  const tree = new Tree();
  tree.mkdirs(prefix);
  if (root) tree.set(prefix, { type: 'dir', ...root });
  return { image: applyLayers([]), prefix, tree };
}

/** Bytes of memory that an unpacked root takes: files in whole pages, hard links once. */
export function unpackedSize(root: Tree): number {
  const files = new Set<Inode>();
  let sum = 0;
  for (const { path, inode } of root.walk()) {
    if (inode.type !== 'file' || path.startsWith('boot/') || files.has(inode)) continue;
    files.add(inode);
    sum += inWholePages(inode.content?.size ?? 0);
  }
  return sum;
}

/** Rounds bytes up to whole pages. */
export function inWholePages(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}

/** Paths of the files of a tree that have file capabilities, in order. */
export function capablePrograms(tree: Tree): string[] {
  const capable: string[] = [];
  for (const { path, inode } of tree.walk()) if (inode.xattrs?.has('security.capability')) capable.push(path);
  return capable;
}

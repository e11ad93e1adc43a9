import { IMPLIED_DIR, Tree, applyLayers, type Inode } from '@nx-linuxkit/tree';
import type { PlannedSegment } from './archives.js';
import type { PlacedImage } from './placed-image.js';

/** What an initramfs must know of a segment, so that it need not find out again. */
export interface SegmentSummary {
  /** Its parts make the kernel unpack just the image: no archive of its own had to be added. */
  readonly partsAlone: boolean;
  readonly prefix: string;
  /** What the image says of its root folder, if it does. */
  readonly root?: Pick<Inode, 'mode' | 'uid' | 'gid' | 'mtime'>;
  /** Bytes of memory that the files take. */
  readonly unpacked: number;
  /** Programs with file capabilities. */
  readonly capable: readonly string[];
}

const PAGE = 4096;

export function summarise({ prefix, tree }: PlacedImage, planned: PlannedSegment): SegmentSummary {
  const inode = tree.get(prefix);
  const said = inode && inode !== IMPLIED_DIR;
  return {
    partsAlone: planned.generated === undefined,
    prefix,
    ...(said && { root: { mode: inode.mode, uid: inode.uid, gid: inode.gid, mtime: inode.mtime } }),
    unpacked: unpackedSize(tree),
    capable: capablePrograms(tree),
  };
}

/** The image at its place with nothing in its folder. */
export function emptyFolder({ prefix, root }: SegmentSummary): PlacedImage {
  const tree = new Tree();
  tree.mkdirs(prefix);
  if (root) tree.set(prefix, { type: 'dir', ...root });
  return { image: applyLayers([]), prefix, tree };
}

/** Bytes of memory that a root takes when it is unpacked: files in whole pages, hard links once. */
export function unpackedSize(root: Tree): number {
  const files = new Set<Inode>();
  for (const { path, inode } of root.entries()) {
    if (inode.type === 'file' && !path.startsWith('boot/')) files.add(inode);
  }
  return [...files].reduce((sum, { content }) => sum + inWholePages(content?.size ?? 0), 0);
}

export function inWholePages(size: number): number {
  return Math.ceil(size / PAGE) * PAGE;
}

export function capablePrograms(tree: Tree): string[] {
  return tree
    .entries()
    .filter(({ inode }) => inode.xattrs?.has('security.capability'))
    .map(({ path }) => path);
}

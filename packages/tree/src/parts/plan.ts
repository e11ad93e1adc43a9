import type { Op } from '@nx-linuxkit/deflate';
import { cpioMembers, type CpioMember } from '../cpio/member.js';
import { IMPLIED_DIR, type Entry, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { ancestorsOf, comparePaths, parentOf } from '../path.js';
import type { Tree } from '../tree.js';
import { archiveOps } from './ops.js';
import { placeImage, type Placement } from './placement.js';

export interface PartOptions {
  /** Where the image's root goes; '' (the default) is the root. */
  readonly prefix?: string;
  /**
   * The tree that the parts are to become a share of, prefix included. An entry of the image survives where
   * this tree has its very inode, symlinked parents followed. Without it all entries survive.
   */
  readonly into?: Tree;
}

/** One layer's share of a segment: a complete cpio archive, as edits of the uncompressed layer. */
export interface PartPlan {
  readonly diffID: string;
  readonly members: readonly CpioMember[];
  /** Headers, padding and trailer to insert, byte ranges of the uncompressed layer to keep. */
  readonly ops: readonly Op[];
}

/**
 * Plans the parts of an image in layer order; layers of which nothing survives have none. A plan depends on its
 * own layer and on what must be hidden or linked, so it stays the same, byte for byte, when only a layer above
 * changes: directories have the metadata that they had as of that layer, and later parts set them anew.
 */
export function planParts(image: ImageTree, { prefix = '', into }: PartOptions = {}): PartPlan[] {
  const placement = placeImage(image, prefix, into);
  const shares = shareOut(image, placement);
  const plans: PartPlan[] = [];
  for (const [layer, share] of shares.entries()) {
    if (share.inodes.length === 0 && share.directories.size === 0) continue;
    const members = cpioMembers(orderShare(share, layer, image, placement));
    plans.push({ diffID: image.layers[layer]!.diffID, members, ops: archiveOps(members) });
  }
  return plans;
}

/** What one layer gives: inodes of its own, and directories that it defines. */
interface Share {
  readonly inodes: Inode[];
  readonly directories: Set<string>;
}

function shareOut({ layers, layerOf, definitions }: ImageTree, placement: Placement): Share[] {
  const { names, directories } = placement;
  const shares = layers.map((): Share => ({ inodes: [], directories: new Set() }));
  for (const inode of names.keys()) shares[layerOf.get(inode)!]!.inodes.push(inode);
  for (const [path, inode] of directories) {
    for (const { layer } of definitions.get(inode) ?? []) shares[layer]!.directories.add(path);
  }
  addEmptied(shares, placement, definitions);
  return shares;
}

/**
 * A directory that nothing defines and that lost its content to a whiteout is in no share. The top layer takes
 * it: whatever emptied it was not below.
 */
function addEmptied(
  shares: readonly Share[],
  { names, directories }: Placement,
  definitions: ImageTree['definitions'],
): void {
  const emptied = new Set<string>();
  for (const [path, inode] of directories) if (path !== '' && !definitions.has(inode)) emptied.add(path);
  const keep = (path: string) => {
    for (const ancestor of ancestorsOf(path)) emptied.delete(ancestor);
  };
  if (emptied.size === 0) return;
  for (const paths of names.values()) paths.forEach(keep);
  for (const share of shares) share.directories.forEach(keep);
  for (const path of emptied) shares.at(-1)!.directories.add(path);
}

/**
 * Directories first, then what has no bytes, then files in the order of their bytes, so that a layer is read
 * once, forwards; names of one file together.
 */
function orderShare(
  share: Share,
  layer: number,
  image: ImageTree,
  { names, directories }: Placement,
): Entry[] {
  const needed = new Set(share.directories);
  const addParents = (path: string) => {
    for (let up = parentOf(path); up !== '' && !needed.has(up); up = parentOf(up)) needed.add(up);
  };
  for (const path of share.directories) addParents(path);
  for (const inode of share.inodes) names.get(inode)!.forEach(addParents);
  const entries = [...needed].sort(comparePaths).map((path): Entry => {
    return { path, inode: directoryAsOf(directories.get(path), layer, image) };
  });
  const byName = share.inodes.map((inode) => ({ inode, paths: names.get(inode)! }));
  byName.sort(
    (a, b) =>
      (a.inode.content?.offset ?? -1) - (b.inode.content?.offset ?? -1) ||
      comparePaths(a.paths[0]!, b.paths[0]!),
  );
  for (const { inode, paths } of byName) for (const path of paths) entries.push({ path, inode });
  return entries;
}

/** A directory as it was with this layer on top; if it is younger (only a link brought it), as it first was. */
function directoryAsOf(inode: Inode | undefined, layer: number, { definitions }: ImageTree): Inode {
  const all = (inode && definitions.get(inode)) ?? [];
  return (all.findLast((definition) => definition.layer <= layer) ?? all[0])?.inode ?? IMPLIED_DIR;
}

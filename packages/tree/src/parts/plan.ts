import type { Op } from '@nx-linuxkit/deflate';
import { cpioMembers, type CpioMember } from '../cpio/member.js';
import { IMPLIED_DIR, type Entry, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { ancestorsOf, comparePaths, parentOf } from '../path.js';
import type { Tree } from '../tree.js';
import { memberOps } from './ops.js';
import { placeImage, type Placement } from './placement.js';

/** Where the entries of an image go. */
export interface PartOptions {
  /** The path that the image's root gets; '' (the default) is the root. */
  readonly prefix?: string;
  /**
   * The tree that the image was merged into, under its prefix. An entry of the image survives if this tree has the
   * identical inode at its path, symlinked parents followed. Without it, all entries survive.
   */
  readonly into?: Tree;
  /** Inodes of the image that another part of the archive brings. */
  readonly without?: ReadonlySet<Inode>;
}

/** One layer's share of an initramfs: cpio members without a trailer, as edits of the uncompressed layer. */
export interface PartPlan {
  /** Index of the layer that `ops` edits into the layers of the image. */
  readonly layer: number;
  readonly diffID: string;
  readonly members: readonly CpioMember[];
  /**
   * The edits: inserts headers and padding, keeps byte ranges of the uncompressed layer. They are computed when they
   * are asked for, which throws what `writeCpio` throws, and TreeError `overlap` if two files of the layer share bytes.
   */
  readonly ops: readonly Op[];
}

/**
 * Plans one part for each layer from which something survives, in layer order. A plan depends on its own layer and on
 * what is hidden or linked in it. It stays the same, byte for byte, when only a layer above changes: its directories
 * have the metadata as of its own layer, and later parts set them anew. A path other than a directory's is in one
 * plan only.
 */
export function planParts(image: ImageTree, { prefix = '', into, without }: PartOptions = {}): PartPlan[] {
  const placement = placeImage(image, prefix, into, without);
  const shares = shareOut(image, placement);
  const plans: PartPlan[] = [];
  for (const [layer, share] of shares.entries()) {
    if (share.inodes.length === 0 && share.directories.size === 0) continue;
    const { diffID } = image.layers[layer]!;
    plans.push(planOf(layer, diffID, cpioMembers(orderShare(share, layer, image, placement), diffID)));
  }
  return plans;
}

function planOf(layer: number, diffID: string, members: readonly CpioMember[]): PartPlan {
  let ops: readonly Op[] | undefined;
  return {
    ...{ layer, diffID, members },
    get ops() {
      return (ops ??= memberOps(members));
    },
  };
}

/** What one layer contributes: its own inodes, and the paths of the directories that it defines. */
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
 * Adds directories that no layer defines and that a whiteout has emptied, which so far are in no share. Nothing records
 * which layer has the whiteout, so they go to the top layer, which is never below it.
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
 * The entries of a share in archive order: directories, then entries without bytes, then files in the order of their
 * bytes, so that the layer is read once, forwards. Names of one file stand together.
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

/**
 * A directory's inode as of a layer. A directory that only a higher layer defines (a hard link brought it down here)
 * has its first definition.
 */
function directoryAsOf(inode: Inode | undefined, layer: number, { definitions }: ImageTree): Inode {
  const all = (inode && definitions.get(inode)) ?? [];
  return (all.findLast((definition) => definition.layer <= layer) ?? all[0])?.inode ?? IMPLIED_DIR;
}

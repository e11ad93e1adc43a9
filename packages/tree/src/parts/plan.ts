import type { Op } from '@nx-linuxkit/deflate';
import { cpioMembers, type CpioMember } from '../cpio/member.js';
import { IMPLIED_DIR, type Entry, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { comparePaths, parentOf } from '../path.js';
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
 * what is hidden or linked in it, and on mode and owner of the directories that it names. It stays the same, byte for byte,
 * when only a layer above changes.
 *
 * All readers of the parts see the same tree, whether they take the first or the last of members with one path: a path
 * other than a directory's is in one plan only, and a directory has the same mode and owner in all of them.
 */
export function planParts(image: ImageTree, { prefix = '', into, without }: PartOptions = {}): PartPlan[] {
  const placement = placeImage(image, prefix, into, without);
  const shares = shareOut(image, placement);
  const plans: PartPlan[] = [];
  for (const [layer, share] of shares.entries()) {
    if (share.inodes.length === 0 && share.directories.size === 0) continue;
    const { diffID } = image.layers[layer]!;
    plans.push(planOf(layer, diffID, cpioMembers(orderShare(share, layer, image, placement, into), diffID)));
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
  const { names, directories, emptied } = placement;
  const shares = layers.map((): Share => ({ inodes: [], directories: new Set() }));
  for (const inode of names.keys()) shares[layerOf.get(inode)!]!.inodes.push(inode);
  for (const [path, inode] of directories) {
    for (const { layer } of definitions.get(inode) ?? []) shares[layer]!.directories.add(path);
  }
  // Nothing records which layer has the whiteout, so they go to the top layer, which is never below it.
  for (const path of emptied) shares.at(-1)!.directories.add(path);
  return shares;
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
  into: Tree | undefined,
): Entry[] {
  const needed = new Set(share.directories);
  const addParents = (path: string) => {
    for (let up = parentOf(path); up !== '' && !needed.has(up); up = parentOf(up)) needed.add(up);
  };
  for (const path of share.directories) addParents(path);
  for (const inode of share.inodes) names.get(inode)!.forEach(addParents);
  const entries = [...needed].sort(comparePaths).map((path): Entry => {
    const inode = directories.get(path);
    return { path, inode: withFinal(directoryAsOf(inode, layer, image), into?.get(path) ?? inode) };
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

/** A directory of a layer with the mode and owner that it has in the end. Its time stays that of the layer. */
function withFinal(inode: Inode, final: Inode = IMPLIED_DIR): Inode {
  const { mode, uid, gid } = final;
  if (inode.mode === mode && inode.uid === uid && inode.gid === gid) return inode;
  return { ...inode, mode, uid, gid };
}

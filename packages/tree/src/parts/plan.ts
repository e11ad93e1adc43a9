import type { Op } from '@nx-linuxkit/deflate';
import { IMPLIED_DIR, type Entry, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { comparePaths, parentOf } from '../path.js';
import type { Tree } from '../tree.js';
import { memberOps } from './ops.js';
import { placeImage, type PlacedInodes, type Placement } from './placement.js';
import { ShareMembers } from './share-members.js';

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
  /** Made anew each time that they are asked for. */
  readonly members: ShareMembers;
  /**
   * The edits: inserts headers and padding, keeps byte ranges of the uncompressed layer. They are computed each time that
   * they are asked for, which throws what `writeCpio` throws, and TreeError `overlap` if two files of the layer share bytes.
   */
  readonly ops: Iterable<Op>;
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
  for (const [layer, { inodes, directories }] of shares.entries()) {
    if (inodes.length === 0 && directories.size === 0) continue;
    const { diffID } = image.layers[layer]!;
    const numbers = inByteOrder(inodes, placement.files);
    const needed = directoriesOf({ inodes, directories }, layer, image, placement, into);
    const members = new ShareMembers(needed, numbers, placement.files, diffID);
    plans.push({ layer, diffID, members, ops: { [Symbol.iterator]: () => memberOps(members) } });
  }
  return plans;
}

/** What one layer contributes: numbers of its own inodes, and the paths of the directories that it defines. */
interface Share {
  readonly inodes: number[];
  readonly directories: Set<string>;
}

function shareOut({ layers, layerOf, definitions }: ImageTree, placement: Placement): Share[] {
  const { files, directories, emptied } = placement;
  const shares = layers.map((): Share => ({ inodes: [], directories: new Set() }));
  files.inodes.forEach((inode, number) => shares[layerOf.get(inode)!]!.inodes.push(number));
  for (const [path, inode] of directories) {
    for (const { layer } of definitions.get(inode) ?? []) shares[layer]!.directories.add(path);
  }
  // Nothing records which layer has the whiteout, so they go to the top layer, which is never below it.
  for (const path of emptied) shares.at(-1)!.directories.add(path);
  return shares;
}

/** Inodes without bytes by their paths, then files in the order of their bytes, so that the layer is read once, forwards. */
function inByteOrder(numbers: readonly number[], files: PlacedInodes): Uint32Array {
  const offsetOf = (number: number) => files.inodes[number]!.content?.offset ?? -1;
  return Uint32Array.from(numbers).sort((a, b) => offsetOf(a) - offsetOf(b) || files.compare(a, b));
}

/** The directories of a share, sorted: those that the layer defines, and those that lead to its entries. */
function directoriesOf(
  share: Share,
  layer: number,
  image: ImageTree,
  { files, directories }: Placement,
  into: Tree | undefined,
): Entry[] {
  const needed = new Set(share.directories);
  const add = (folder: string) => {
    for (let up = folder; up !== '' && !needed.has(up); up = parentOf(up)) needed.add(up);
  };
  for (const path of share.directories) add(parentOf(path));
  for (const number of share.inodes) files.foldersOf(number).forEach(add);
  return [...needed].sort(comparePaths).map((path): Entry => {
    const inode = directories.get(path);
    return { path, inode: withFinal(directoryAsOf(inode, layer, image), into?.get(path) ?? inode) };
  });
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

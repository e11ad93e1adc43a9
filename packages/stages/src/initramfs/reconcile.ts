import {
  ancestorsOf,
  baseOf,
  cpioMembers,
  detached,
  kernelUnpack,
  parentOf,
  remainder,
  type CpioMember,
  type Entry,
  type Inode,
  type PartPlan,
} from '@nx-linuxkit/tree';
import type { PlacedImage } from '../segment/placed-image.js';
import { membersOf } from '../segment/planned-segment.js';
import type { Taken } from './arrangement.js';
import type { AssembledSegment } from './assembled-segment.js';
import { SharedImage, type ImageShare } from './image-share.js';
import { withoutBoot, type MergedRoot } from './merged-root.js';

/** How segments that were made apart become one archive. */
export interface Reconciled {
  /** In the order of the plan. */
  readonly taken: readonly Taken[];
  /** For each segment with parts that must be made again, the plans of these. */
  readonly remade: readonly Remade[];
  /** What no part brings. */
  readonly own: readonly Entry[];
}

/** Parts that are made again for a system, out of the layers of one image. */
export interface Remade {
  readonly assembled: AssembledSegment;
  readonly plans: readonly PartPlan[];
}

/**
 * Makes one archive of segments that were made apart: it names each path of the merged root once, with the inode that the
 * merged root has there, and a directory always with the same mode and owner. Readers disagree on a path that comes twice:
 * Linux takes the last one, and writes into an inode that may have other names; GNU cpio takes the first one, of
 * directories the last one; busybox and libarchive differ from both.
 *
 * A part that brings anything else is left out, and planned again with what the root has of it. Nothing looks into an
 * isolated image: only the directories that lead to its folder can meet others.
 */
export function reconcile({ segments: assembled, root }: MergedRoot): Reconciled {
  const wanted = withoutBoot(root);
  const images = assembled.map((one) => (one.summary ? undefined : new SharedImage(one)));
  const without = new Set<Inode>();
  for (;;) {
    const shares = images.map((image, i) => image?.of(wanted, without) ?? isolated(assembled[i].placed));
    const remade = shares.flatMap((share) => share.remade);
    const members = membersOf([...shares, ...remade]);
    const own = remainder(wanted, kernelUnpack([members]));
    const twice = namedTwice(members, own);
    if (twice.length === 0) {
      return {
        taken: shares.map(({ taken }) => taken),
        remade: shares.flatMap(({ remade: plans }, i) =>
          plans.length > 0 ? [{ assembled: assembled[i], plans }] : [],
        ),
        own,
      };
    }
    // What the own part brings with all its names, no other part may bring in part.
    for (const inode of twice) without.add(inode);
  }
}

/** An isolated image brings all of its segment; others can meet the directories that lead to its folder. */
function isolated({ prefix, tree }: PlacedImage): ImageShare {
  const way = [...ancestorsOf(prefix), prefix].map((path) => ({ path, inode: tree.get(path) as Inode }));
  return { taken: 'all', members: cpioMembers(way), remade: [] };
}

/** Inodes of members at a path that another member or an entry of the own part has as well; directories may come twice. */
function namedTwice(members: Iterable<CpioMember>, own: readonly Entry[]): Inode[] {
  const named = new NamedInodes();
  const twice: Inode[] = [];
  for (const { path, inode } of members) {
    if (inode.type === 'dir') continue;
    const first = named.set(path, inode);
    if (first) twice.push(first, inode);
  }
  for (const { path, inode } of own) {
    const first = inode.type === 'dir' ? undefined : named.get(path);
    if (first) twice.push(first);
  }
  return twice;
}

/** Inodes by path. It keeps no path of a file, only that of its folder: images have many files. */
class NamedInodes {
  private readonly folders = new Map<string, Map<string, Inode>>();

  get(path: string): Inode | undefined {
    return this.folders.get(parentOf(path))?.get(baseOf(path));
  }

  /** Returns what the path named before. */
  set(path: string, inode: Inode): Inode | undefined {
    const parent = parentOf(path);
    const name = baseOf(path);
    const folder = this.folders.get(parent);
    const first = folder?.get(name);
    if (folder) folder.set(detached(name), inode);
    else this.folders.set(parent, new Map([[detached(name), inode]]));
    return first;
  }
}

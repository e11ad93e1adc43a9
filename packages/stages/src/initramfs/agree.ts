import {
  ancestorsOf,
  cpioMembers,
  kernelUnpack,
  remainder,
  sameContent,
  type CpioMember,
  type Entry,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import { planPartsAlone, planSegment, planShare, type PlannedSegment } from '../segment/archives.js';
import type { Segment } from '../segment/index.js';
import type { PlacedImage } from '../segment/placed-image.js';
import { withoutBoot, type Assembly, type PlacedContainer } from './assemble.js';
import { repeatedParts } from './repeated-parts.js';

/** The archives that unpack to the root: segments as they are, those made again in context, and the rest. */
export interface Agreement {
  /** For each container its segment as it is from byte `start` on, or planned anew for this OS. */
  readonly segments: readonly { container: PlacedContainer; again?: PlannedSegment; start: number }[];
  /** What no segment holds: the last archive. */
  readonly own: readonly Entry[];
}

/** A segment as its stage made it, without a thought of others. */
type Made = Pick<Segment, 'parts' | 'summary'>;

/**
 * Makes segments, each made without knowledge of the others, agree with the merged tree. The kernel unpacks
 * archives one over the other, where a symlinked parent, a hard link that is replaced or a file over a
 * directory depends on its neighbours; so what it would make of them is computed, and a segment that brings
 * something else than the merged tree has is planned again against that tree. Of an image with a folder to itself,
 * which was not looked into, only the way to the folder can meet others.
 */
export function agree({ containers, root }: Assembly, made: readonly Made[]): Agreement {
  const images = containers.map(({ placed }) => placed);
  const alone = new Set(containers.filter(({ summary }) => summary).map(({ placed: { prefix } }) => prefix));
  const wanted = withoutBoot(root);
  const archives = images.map((placed, i) => {
    if (alone.has(placed.prefix)) return [wayTo(placed)];
    return made[i].summary.partsAlone ? planPartsAlone(placed) : planSegment(placed).members;
  });
  const unpacked = kernelUnpack(archives.flat()).tree;
  const contextual = conflicting(images, archives, unpacked, wanted, alone);
  const planned = containers.map(({ placed }, i) =>
    contextual.has(i) ? planShare(placed, wanted) : undefined,
  );
  const agreed = archives.map((list, i) => planned[i]?.members ?? list);
  const given = contextual.size === 0 ? unpacked : kernelUnpack(agreed.flat()).tree;
  // Of an image with a folder to itself no other brings the same part.
  const repeated = repeatedParts(
    agreed,
    made.map(({ parts }, i) => (planned[i] || alone.has(images[i].prefix) ? [] : parts)),
    given,
  );
  const segments = containers.map((container, i) => ({
    container,
    ...(planned[i] && { again: planned[i] }),
    start: repeated[i].reduce((sum, { size }) => sum + size, 0),
  }));
  return { segments, own: remainder(wanted, given) };
}

type Archives = PlannedSegment['members'];

/** What the archives of an image bring outside its folder: the directories that lead there. */
function wayTo({ prefix, tree }: PlacedImage): CpioMember[] {
  return cpioMembers(
    [...ancestorsOf(prefix), prefix].map((path) => ({ path, inode: tree.get(path) as Inode })),
  );
}

/** Which segments bring an entry that the merged tree has otherwise or not at all. */
function conflicting(
  images: readonly PlacedImage[],
  archives: readonly Archives[],
  unpacked: Tree,
  wanted: Tree,
  alone: ReadonlySet<string>,
): Set<number> {
  const result = new Set<number>();
  const differing = differences(unpacked, wanted);
  if (differing.size === 0) return result;
  images.forEach(({ tree, prefix }, i) => {
    if (alone.has(prefix)) return;
    const touches = archives[i].flat().some(({ path }) => differing.has(path));
    if (touches || tree.entries().some(({ inode }) => differing.has(inode))) result.add(i);
  });
  return result;
}

/** Paths that unpack to something else, and the inodes that are missing where they should be. */
function differences(unpacked: Tree, wanted: Tree): Set<string | Inode> {
  const result = new Set<string | Inode>(joinedNames(unpacked, wanted));
  for (const { path, inode } of unpacked.entries()) {
    const other = wanted.get(path);
    // Metadata of directories and whole small files are put right by the last archive.
    if (
      !other ||
      other.type !== inode.type ||
      (inode.type === 'file' && !sameContent(inode.content, other.content))
    )
      result.add(path);
  }
  for (const { path, inode } of wanted.entries()) {
    if (inode.type === 'file' && isFromImage(inode) && !unpacked.get(path)) {
      result.add(path);
      result.add(inode);
    }
  }
  return result;
}

/** Names of one unpacked file that are several in the root: a link of one image that another has as a file alone. */
function joinedNames(unpacked: Tree, wanted: Tree): string[] {
  const files = new Map<Inode, { path: string; other: Inode | undefined }>();
  return unpacked.entries().flatMap(({ path, inode }) => {
    if (inode.type === 'dir' || inode.type === 'symlink') return [];
    const other = wanted.get(path);
    const first = files.get(inode);
    if (first === undefined) files.set(inode, { path, other });
    return first === undefined || first.other === other ? [] : [first.path, path];
  });
}

function isFromImage({ origin }: Inode): boolean {
  return origin !== undefined && origin.source !== 'linuxkit.files';
}

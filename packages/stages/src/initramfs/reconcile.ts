import {
  ancestorsOf,
  cpioMembers,
  kernelUnpack,
  remainder,
  sameContent,
  type CpioMember,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import type { Segment } from '../segment/index.js';
import type { PlacedImage } from '../segment/placed-image.js';
import { membersOfParts, planSegment, planShare, type PlannedSegment } from '../segment/planned-segment.js';
import type { ArrangedSegment, Arrangement } from './arrangement.js';
import { withoutBoot, type MergedRoot } from './merged-root.js';
import { repeatedParts } from './repeated-parts.js';

/** A segment as its stage made it, without knowledge of other segments. */
type Made = Pick<Segment, 'parts' | 'summary'>;

/**
 * Makes segments that were made apart unpack to the merged root. The kernel unpacks archives one over the other,
 * where a symlinked parent, a hard link that is replaced or a file over a directory depends on the neighbours. So
 * this computes what the kernel would unpack, and plans a segment again where it brings something that the merged
 * root does not have. An isolated image was not looked into: only the directories that lead to its folder can meet
 * others.
 */
export function reconcile(
  { segments: assembled, root }: MergedRoot,
  made: readonly Made[],
): Pick<Arrangement, 'segments' | 'own'> {
  const images = assembled.map(({ placed }) => placed);
  const isolated = new Set(
    assembled.filter(({ summary }) => summary).map(({ placed: { prefix } }) => prefix),
  );
  const wanted = withoutBoot(root);
  const archives = images.map((placed, i) => {
    if (isolated.has(placed.prefix)) return [wayTo(placed)];
    return made[i].summary.partsAlone ? membersOfParts(placed) : planSegment(placed).members;
  });
  const unpacked = kernelUnpack(archives.flat()).tree;
  const contextual = conflicting(images, archives, unpacked, wanted, isolated);
  const planned = images.map((placed, i) => (contextual.has(i) ? planShare(placed, wanted) : undefined));
  const final = archives.map((list, i) => planned[i]?.members ?? list);
  const given = contextual.size === 0 ? unpacked : kernelUnpack(final.flat()).tree;
  // No other image can share a part with an image that has its own folder.
  const repeated = repeatedParts(
    final,
    made.map(({ parts }, i) => (planned[i] || isolated.has(images[i].prefix) ? [] : parts)),
    given,
  );
  const segments = assembled.map((one, i): ArrangedSegment => {
    const start = repeated[i].reduce((sum, { size }) => sum + size, 0);
    return { start, ...(planned[i] && { again: { assembled: one, planned: planned[i] } }) };
  });
  return { segments, own: remainder(wanted, given) };
}

type Archives = PlannedSegment['members'];

/** The members of an isolated image that others can meet: the directories that lead to its folder. */
function wayTo({ prefix, tree }: PlacedImage): CpioMember[] {
  return cpioMembers(
    [...ancestorsOf(prefix), prefix].map((path) => ({ path, inode: tree.get(path) as Inode })),
  );
}

/** The indexes of the segments that bring an entry which the merged root has otherwise or not at all. */
function conflicting(
  images: readonly PlacedImage[],
  archives: readonly Archives[],
  unpacked: Tree,
  wanted: Tree,
  isolated: ReadonlySet<string>,
): Set<number> {
  const result = new Set<number>();
  const differing = differences(unpacked, wanted);
  if (differing.size === 0) return result;
  images.forEach(({ tree, prefix }, i) => {
    if (isolated.has(prefix)) return;
    const touches = archives[i].flat().some(({ path }) => differing.has(path));
    if (touches || tree.entries().some(({ inode }) => differing.has(inode))) result.add(i);
  });
  return result;
}

/** Paths that unpack to something else than wanted, and wanted inodes that are missing. */
function differences(unpacked: Tree, wanted: Tree): Set<string | Inode> {
  const result = new Set<string | Inode>(joinedNames(unpacked, wanted));
  for (const { path, inode } of unpacked.entries()) {
    const other = wanted.get(path);
    // The own archive corrects metadata of directories, and brings whole small files.
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

/**
 * Names that unpack as one file and are several files in the root: one image has a hard link where another has a
 * file.
 */
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

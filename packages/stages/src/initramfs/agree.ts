import {
  filterTree,
  kernelUnpack,
  remainder,
  sameContent,
  type CpioMember,
  type Entry,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import { planSegment, type PlannedSegment } from '../segment/archives.js';
import type { Assembly, PlacedContainer } from './assemble.js';

/** The archives that unpack to the root: segments as they are, those made again in context, and the rest. */
export interface Agreement {
  /** For each container its segment as it is, or planned anew for this OS. */
  readonly segments: readonly { container: PlacedContainer; again?: PlannedSegment }[];
  /** What no segment holds: the last archive. */
  readonly own: readonly Entry[];
}

/**
 * Makes segments, each made without knowledge of the others, agree with the merged tree. The kernel unpacks
 * archives one over the other, where a symlinked parent, a hard link that is replaced or a file over a
 * directory depends on its neighbours; so what it would make of them is computed, and a segment that brings
 * something else than the merged tree has is planned again against that tree.
 */
export function agree({ containers, root }: Assembly): Agreement {
  // LinuxKit leaves /boot out of the initrd: the loader has what lies there.
  const wanted = filterTree(root, ({ path }) => !path.startsWith('boot/'));
  const planned = containers.map(({ placed }) => planSegment(placed));
  const contextual = conflicting(containers, planned, wanted);
  const segments = containers.map((container, i) =>
    contextual.has(i) ? { container, again: planSegment(container.placed, wanted) } : { container },
  );
  const archives = segments.flatMap(({ again }, i) => (again ?? planned[i]).members);
  return { segments, own: remainder(wanted, kernelUnpack(archives).tree) };
}

/** Which segments bring an entry that the merged tree has otherwise or not at all. */
function conflicting(
  containers: readonly PlacedContainer[],
  planned: readonly PlannedSegment[],
  wanted: Tree,
): Set<number> {
  const result = new Set<number>();
  const unpacked = kernelUnpack(planned.flatMap(({ members }) => members));
  const differing = differences(unpacked.tree, wanted);
  if (differing.size === 0) return result;
  containers.forEach(({ placed }, i) => {
    const touches = planned[i].members.flat().some(({ path }: CpioMember) => differing.has(path));
    if (touches || placed.tree.entries().some(({ inode }) => differing.has(inode))) result.add(i);
  });
  return result;
}

/** Paths that unpack to something else, and the inodes that are missing where they should be. */
function differences(unpacked: Tree, wanted: Tree): Set<string | Inode> {
  const result = new Set<string | Inode>();
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

function isFromImage({ origin }: Inode): boolean {
  return origin !== undefined && origin.source !== 'linuxkit.files';
}

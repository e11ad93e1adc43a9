import { mergeTrees, type Tree } from '@nx-linuxkit/tree';
import type { Bundles } from '../oci-config/index.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import type { PlacedImage } from '../segment/placed-image.js';
import { isAtRoot } from '../segment/place-segment.js';
import { emptyFolder, type SegmentSummary } from '../segment/summary.js';
import { mergeApkDatabases } from './apk-database.js';
import type { AssembledSegment } from './assembled-segment.js';
import { addFiles, type PlacedFile } from './files.js';
import { bootTree, ownTree } from './own-tree.js';

/** All that a root file system is merged from. */
export interface RootInput {
  readonly plan: OsPlan;
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  /** The bill of materials of the images. */
  readonly sbom?: PlacedFile;
  /** Puts an image at its place. */
  readonly place: (node: SegmentNode) => Promise<PlacedImage>;
}

/** The root file system of a system, and what it was merged from. */
export interface MergedRoot {
  /** In the order of the plan's segments. */
  readonly segments: readonly AssembledSegment[];
  readonly files: readonly PlacedFile[];
  readonly sbom?: PlacedFile;
  /** What the system itself brings beside `files`. */
  readonly own: Tree;
  /** What every output must hold, whichever way it is written. */
  readonly root: Tree;
}

/**
 * Puts every image, bundle and file into one tree, in LinuxKit's order, where later ones win. An image with a summary
 * here is not looked into: only its folder is placed.
 */
export async function mergeRoot(
  { plan, bundles, files, sbom, place }: RootInput,
  summaries: ReadonlyMap<SegmentNode, SegmentSummary> = new Map(),
): Promise<MergedRoot> {
  const segments = await Promise.all(
    plan.segments.map(async (node): Promise<AssembledSegment> => {
      const summary = summaries.get(node);
      return summary ? { node, placed: emptyFolder(summary), summary } : { node, placed: await place(node) };
    }),
  );
  const atRoot = segments.filter(({ node }) => isAtRoot(node));
  const inFolders = segments.filter(({ node }) => !isAtRoot(node));
  const apk = mergeApkDatabases(segments);
  const roots = inFolders.map(({ node: { location }, placed: { prefix } }) => [location, prefix] as const);
  const own = ownTree(plan, bundles, new Map(roots));
  const root = mergeTrees([
    bootTree(plan),
    ...treesOf(atRoot),
    ...(apk ? [apk] : []),
    own,
    // Last, because an image may say what its root folder is like.
    ...treesOf(inFolders),
  ]);
  addFiles(root, files, plan.settings.filesOverrideParents ?? false);
  // Last, as in LinuxKit's tar. Its parents are never changed.
  if (sbom) addFiles(root, [sbom], false);
  return { segments, files, ...(sbom && { sbom }), own, root };
}

/** What an initrd and a root disk hold: LinuxKit leaves out what lies below boot, because the loader has it. */
export function withoutBoot(root: Tree): Tree {
  const below = root.children('boot');
  if (below.length === 0) return root;
  const out = root.clone();
  for (const name of below) out.delete(`boot/${name}`);
  return out;
}

function treesOf(segments: readonly AssembledSegment[]): Tree[] {
  return segments.map(({ placed: { tree } }) => tree);
}

import { filterTree, mergeTrees, type Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { ImageFacts } from '../image-facts.js';
import type { Bundles } from '../oci-config/index.js';
import type { Pipeline } from '../pipeline.js';
import type { ContainerNode, OsPlan } from '../plan/os-plan.js';
import { place } from '../segment/place.js';
import type { PlacedImage } from '../segment/placed-image.js';
import { emptyFolder, type SegmentSummary } from '../segment/summary.js';
import { addFiles, type PlacedFile } from './files.js';
import { mergeApkDatabases } from './apk-database.js';
import { bootTree, isAtRoot, ownTree } from './own-tree.js';

/** One image at its place, with what is needed to make its segment again. */
export interface PlacedContainer {
  readonly node: ContainerNode;
  readonly facts: ImageFacts;
  readonly placed: PlacedImage;
  /** Present when only the folder of the image was placed, not what lies in it. */
  readonly summary?: SegmentSummary;
}

/** All that the root file system of an OS is made of, and the root itself. */
export interface Assembly {
  readonly containers: readonly PlacedContainer[];
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  /** What the OS brings itself beside `files`. */
  readonly own: Tree;
  /** The truth: what every output holds, whichever way it is written. */
  readonly root: Tree;
}

/**
 * Puts every image, bundle and file into one tree, in LinuxKit's order: later ones win. Of images that have a
 * summary here only the folder.
 */
export async function assemble(
  pipeline: Pipeline,
  plan: OsPlan,
  log: Log,
  files: readonly PlacedFile[],
  summaries: ReadonlyMap<ContainerNode, SegmentSummary> = new Map(),
): Promise<Assembly> {
  const [containers, bundles] = await Promise.all([
    Promise.all(plan.containers.map((node) => placeContainer(pipeline, node, log, summaries.get(node)))),
    pipeline.ociConfig(plan, log),
  ]);
  const treesOf = (placed: readonly PlacedContainer[]) => placed.map(({ placed: { tree } }) => tree);
  const [inRoot, inFolders] = [
    containers.filter(({ node }) => isAtRoot(node)),
    containers.filter(({ node }) => !isAtRoot(node)),
  ];
  const apk = mergeApkDatabases(containers);
  const roots = inFolders.map(({ node: { location }, placed: { prefix } }) => [location, prefix] as const);
  const own = ownTree(plan, bundles, new Map(roots));
  const root = mergeTrees([
    bootTree(plan),
    ...treesOf(inRoot),
    ...(apk ? [apk] : []),
    own,
    // Last, for an image may say what its root folder is like.
    ...treesOf(inFolders),
  ]);
  addFiles(root, files, plan.settings.filesOverrideParents ?? false);
  return { containers, bundles, files, own, root };
}

/** What an initrd and a root disk hold: LinuxKit leaves out what lies below boot, for the loader has it. */
export function withoutBoot(root: Tree): Tree {
  if (root.children('boot').length === 0) return root;
  return filterTree(root, ({ path }) => !path.startsWith('boot/'));
}

async function placeContainer(
  pipeline: Pipeline,
  node: ContainerNode,
  log: Log,
  summary?: SegmentSummary,
): Promise<PlacedContainer> {
  const facts = await pipeline.facts(node.image, log);
  if (summary) return { node, facts, placed: emptyFolder(summary), summary };
  const origin = { source: node.reference, location: node.location };
  return { node, facts, placed: await place(pipeline, node.image, node.segment, origin, log) };
}

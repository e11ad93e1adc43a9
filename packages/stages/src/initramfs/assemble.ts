import { mergeTrees, type Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { ImageFacts } from '../image-facts.js';
import type { Bundles } from '../oci-config/index.js';
import type { Pipeline } from '../pipeline.js';
import type { ContainerNode, OsPlan } from '../plan/os-plan.js';
import { place } from '../segment/place.js';
import type { PlacedImage } from '../segment/placed-image.js';
import { addFiles, readFiles, type PlacedFile } from './files.js';
import { mergeApkDatabases } from './apk-database.js';
import { bootTree, ownTree } from './own-tree.js';

/** One image at its place, with what is needed to make its segment again. */
export interface PlacedContainer {
  readonly node: ContainerNode;
  readonly facts: ImageFacts;
  readonly placed: PlacedImage;
}

/** All that the root file system of an OS is made of, and the root itself. */
export interface Assembly {
  readonly containers: readonly PlacedContainer[];
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  /** The truth: what every output holds, whichever way it is written. */
  readonly root: Tree;
}

/** Puts every image, bundle and file into one tree, in LinuxKit's order: later ones win. */
export async function assemble(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<Assembly> {
  const [containers, bundles, files] = await Promise.all([
    Promise.all(plan.containers.map((node) => placeContainer(pipeline, node, log))),
    pipeline.ociConfig(plan, log),
    readFiles(pipeline, plan),
  ]);
  const isRoot = ({ node }: PlacedContainer) => ['kernel', 'init'].includes(node.segment.section);
  const treesOf = (placed: readonly PlacedContainer[]) => placed.map(({ placed: { tree } }) => tree);
  const [inRoot, inFolders] = [containers.filter(isRoot), containers.filter((one) => !isRoot(one))];
  const apk = mergeApkDatabases(containers);
  const root = mergeTrees([
    bootTree(plan),
    ...treesOf(inRoot),
    ...(apk ? [apk] : []),
    ownTree(plan, bundles, inFolders),
    // Last, for an image may say what its root folder is like.
    ...treesOf(inFolders),
  ]);
  addFiles(root, files, plan.settings.filesOverrideParents ?? false);
  return { containers, bundles, files, root };
}

async function placeContainer(pipeline: Pipeline, node: ContainerNode, log: Log): Promise<PlacedContainer> {
  const facts = await pipeline.facts(node.image, log);
  const origin = { source: node.reference, location: node.location };
  return { node, facts, placed: await place(pipeline, node.image, node.segment, origin, log) };
}

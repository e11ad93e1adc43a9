import type { Context } from '../context.js';
import type { Environment } from '../environment.js';
import type { Extracted } from '../extract/index.js';
import type { PackageRegistry } from '../image/package-registry.js';
import type { PlacedFile } from '../initramfs/files.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import type { ImageLayers, OpenSource } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { Bundles } from '../oci-config/index.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import type { Sbom } from '../sbom/index.js';
import type { Segment } from '../segment/index.js';
import type { SegmentInput } from '../segment/place-segment.js';
import type { Sources } from '../sources.js';
import type { StageName, Upstream } from '../stages.js';
import type { Statements } from '../verify/index.js';

/** A segment's place in the graph: what its task's options say of its node. */
export type PlacedNode = Pick<SegmentNode, 'root' | 'image' | 'plan'>;

/** For each stage with a result: what it is asked about, and the result. */
export interface Asked {
  pull: [about: ImageNode, result: OciImage];
  image: [about: ImageNode, result: OciImage];
  extract: [about: ImageNode, result: Extracted];
  segment: [about: PlacedNode, result: Segment];
  'oci-config': [about: OsPlan, result: Bundles];
  verify: [about: OsPlan, result: Statements];
  sbom: [about: OsPlan, result: Sbom];
  initramfs: [about: OsPlan, result: Initramfs];
}
/** The stages that have a result. */
export type AskedStage = keyof Asked;

/** Asks for results of some stages. */
export type Ask<Allowed extends StageName> = <Name extends Allowed & AskedStage>(
  stage: Name,
  about: Asked[Name][0],
) => Promise<Asked[Name][1]>;

/** What a stage gets its input from. It can only ask for results of the stages upstream of it. */
export interface Inputs<Name extends StageName> {
  readonly ask: Ask<Upstream<Name>>;
  readonly context: Context;
  readonly environment: Environment;
  readonly sources: Sources;
  /** Where images of packages are kept by their keys, if anywhere. */
  readonly registry?: PackageRegistry;
  /** Default for `source`: where the image lies. */
  layersOf(image: ImageNode, source?: OpenSource): ImageLayers;
  /** Takes note of the bytes of a system's files, for the target `why`. */
  readonly filesRead: (plan: OsPlan, files: readonly PlacedFile[]) => void;
  /** Takes note of a system's initramfs, whose sizes are kept for the next build. */
  readonly assembled: (plan: OsPlan, initramfs: Initramfs) => void;
}

/** The name of a result: its stage, and the root of the node that it belongs to. */
export function resultName<Name extends AskedStage>(stage: Name, about: Asked[Name][0]): string {
  return `${stage} ${'nodes' in about ? about.nodes : about.root}`;
}

/** An image's documents, whichever stage brings it. */
export function imageOf(node: ImageNode, ask: Ask<'pull' | 'image'>): Promise<OciImage> {
  return ask(node.source.kind === 'pulled' ? 'pull' : 'image', node);
}

/** What placing an image reads. */
export async function placing(
  node: PlacedNode,
  { ask, sources, layersOf }: Pick<Inputs<'segment'>, 'ask' | 'sources' | 'layersOf'>,
): Promise<SegmentInput> {
  const { image } = node;
  return {
    node,
    extracted: await ask('extract', image),
    layers: layersOf(image),
    fetchManifest: async (digest) => (await sources.of(image)).manifest(digest),
  };
}

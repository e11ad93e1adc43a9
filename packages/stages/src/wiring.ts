import type { Digest } from '@nx-linuxkit/oci';
import type { PushableImage } from '@nx-linuxkit/oci/registry';
import type { Tree } from '@nx-linuxkit/tree';
import type { Context } from './context.js';
import { repinHint, type Environment } from './environment.js';
import type { Extracted } from './extract/index.js';
import type { PlacedFile } from './initramfs/files.js';
import type { Initramfs } from './initramfs/initramfs.js';
import type { ImageLayers } from './layers/layers.js';
import type { OciImage } from './layers/oci-image.js';
import type { Bundles } from './oci-config/index.js';
import type { BuiltOn } from './image/built-on.js';
import type { PackageRegistry } from './image/package-registry.js';
import type { BaseNode, ImageNode, PackageImage, PulledImage } from './plan/image-node.js';
import type { OsPlan, SegmentNode } from './plan/os-plan.js';
import { pull } from './pull/index.js';
import type { Sbom } from './sbom/index.js';
import type { Segment } from './segment/index.js';
import type { SegmentInput } from './segment/place-segment.js';
import type { Sources } from './sources.js';
import { makeOrFind } from './stage.js';
import type { StageName, Upstream } from './stages.js';
import type { Statements } from './verify/index.js';

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

/** A finished system as an initrd holds it. */
export interface FinishedRoot {
  readonly initramfs: Initramfs;
  readonly root: Tree;
}

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
  layersOf(image: ImageNode): ImageLayers;
  /** Takes note of the bytes of a system's files, for the target `why`. */
  readonly filesRead: (plan: OsPlan, files: readonly PlacedFile[]) => void;
}

/**
 * Gathers the input of each stage and runs it: the only code that knows all stages. A stage is loaded when it first
 * runs, so that the first requests of a cold build need not wait for code that comes after the answers; `pull`, which
 * makes those requests, is loaded at once.
 */
export const RUN_STAGE: {
  readonly [Name in AskedStage]: (about: Asked[Name][0], from: Inputs<Name>) => Promise<Asked[Name][1]>;
} = {
  async pull(node, { context, sources, layersOf, environment }) {
    const image = node as ImageNode & { source: PulledImage };
    const repin = () => repinHint(environment, node);
    return makeOrFind(
      pull,
      { image, source: () => sources.of(node), layers: layersOf(node), repin },
      context,
    );
  },

  async image(node, from) {
    const { context, sources, environment } = from;
    const image = node as ImageNode & { source: PackageImage };
    const archive = { source: () => sources.of(node), forget: () => sources.forget(node) };
    if (image.source.dockerfile) {
      const { dockerfileImage } = await import('./image/from-dockerfile.js');
      const bases = await basesOf(image.source.dockerfile.bases, from);
      const input = { image, bases, settings: environment.settings, registry: from.registry, ...archive };
      const made = await makeOrFind(dockerfileImage, input, context);
      await from.registry?.give(
        image,
        (registry) => pushableOf(image, made, bases, from, registry),
        context.log,
      );
      return made;
    }
    const { image: stage } = await import('./image/index.js');
    return makeOrFind(stage, { image, settings: environment.settings, ...archive }, context);
  },

  async extract(node, { ask, context, layersOf }) {
    const { extract } = await import('./extract/index.js');
    return makeOrFind(extract, { node, image: await imageOf(node, ask), layers: layersOf(node) }, context);
  },

  async segment(node, from) {
    const { segment } = await import('./segment/index.js');
    return makeOrFind(segment, await placing(node, from), from.context);
  },

  async 'oci-config'(plan, { ask, context }) {
    const { ociConfig } = await import('./oci-config/index.js');
    const images = await Promise.all(
      plan.images.map(async (node) => [node.id, await imageOf(node, ask)] as const),
    );
    return makeOrFind(ociConfig, { plan, images: new Map(images) }, context);
  },

  async verify(plan, { context }) {
    const { verify } = await import('./verify/index.js');
    return makeOrFind(verify, { plan }, context);
  },

  async sbom(plan, from) {
    const { sbom, describedImages } = await import('./sbom/index.js');
    const images = await describedImages(plan, {
      ...from,
      imageOf: (node) => imageOf(node, from.ask),
    });
    return makeOrFind(sbom, { plan, images }, from.context);
  },

  async initramfs(plan, from) {
    const { ask, context } = from;
    await ask('verify', plan);
    const { initramfs, readFiles } = await import('./initramfs/index.js');
    const [segments, bundles, files, sbom] = await Promise.all([
      Promise.all(plan.segments.map((node) => ask('segment', node))),
      ask('oci-config', plan),
      readFiles(plan, context),
      plan.sbom && ask('sbom', plan),
    ]);
    from.filesRead(plan, files);
    const input = {
      plan,
      segments,
      bundles,
      files,
      sbom,
      placing: (node: SegmentNode) => placing(node, from),
    };
    return makeOrFind(initramfs, input, context);
  },
};

/** An image's documents, whichever stage brings it. */
function imageOf(node: ImageNode, ask: Ask<'pull' | 'image'>): Promise<OciImage> {
  return ask(node.source.kind === 'pulled' ? 'pull' : 'image', node);
}

/** The images that a Dockerfile names. */
function basesOf(
  bases: readonly BaseNode[],
  { ask, layersOf }: Pick<Inputs<'image'>, 'ask' | 'layersOf'>,
): Promise<BuiltOn[]> {
  return Promise.all(
    bases.map(async (base) => ({
      base,
      image: await imageOf(base.image, ask),
      layers: layersOf(base.image),
    })),
  );
}

async function pushableOf(
  node: ImageNode,
  image: OciImage,
  bases: readonly BuiltOn[],
  { sources, layersOf }: Pick<Inputs<'image'>, 'sources' | 'layersOf'>,
  registry: string,
): Promise<PushableImage> {
  const { pushableImage } = await import('./publish/pushable-image.js');
  const manifest = await (await sources.of(node)).manifest(image.digest as Digest);
  const layers = layersOf(node);
  const published = bases.flatMap(({ base, image: below }) => {
    const { source } = base.image;
    return source.kind === 'pulled'
      ? [{ reference: source.from, layers: below.layers.map(({ blob }) => blob) }]
      : [];
  });
  return pushableImage({ image, manifest, blob: (blob) => layers.blob(blob), bases: published }, registry);
}

/** What placing an image reads. */
async function placing(
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

/** Makes one format. `discardSegments` removes damaged segments, so that asking for the initramfs makes them again. */
export async function runFormat(
  plan: OsPlan,
  name: string,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<void> {
  const { makeFormat } = await import('./format/index.js');
  const initramfs = () => from.ask('initramfs', plan);
  await makeFormat({ ...partsOf(plan, from), initramfs, discardSegments }, name, from.context);
}

/** The initramfs of a system, and the root file system that it unpacks to. */
export async function finishedRoot(plan: OsPlan, from: Inputs<'format'>): Promise<FinishedRoot> {
  const { openSystem } = await import('./format/system.js');
  const initramfs = await from.ask('initramfs', plan);
  const system = openSystem({ ...partsOf(plan, from), initramfs }, 'kernel+initrd', from.context);
  return { initramfs, root: await system.rootTree() };
}

/** What a finished system is made of, beside its initramfs. */
function partsOf(plan: OsPlan, from: Inputs<'format'>) {
  const { ask } = from;
  return {
    plan,
    bundles: () => ask('oci-config', plan),
    sbom: async () => (plan.sbom ? ask('sbom', plan) : undefined),
    extracted: (image: ImageNode) => ask('extract', image),
    placing: (node: SegmentNode) => placing(node, from),
  };
}

/** The name of a result: its stage, and the root of the node that it belongs to. */
export function resultName<Name extends AskedStage>(stage: Name, about: Asked[Name][0]): string {
  return `${stage} ${'nodes' in about ? about.nodes : about.root}`;
}

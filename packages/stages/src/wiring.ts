import type { Descriptor, ImageSource } from '@nx-linuxkit/oci';
import type { PushableImage } from '@nx-linuxkit/oci/registry';
import type { Tree } from '@nx-linuxkit/tree';
import type { Context } from './context.js';
import { repinHint, type Environment } from './environment.js';
import type { Extracted } from './extract/index.js';
import type { BootFiles } from './format/boot-files.js';
import type { PlacedFile } from './initramfs/files.js';
import type { Initramfs } from './initramfs/initramfs.js';
import type { MadePackages } from './installed/installed-packages.js';
import type { ImageLayers, OpenSource } from './layers/layers.js';
import type { OciImage } from './layers/oci-image.js';
import type { Bundles } from './oci-config/index.js';
import type { BuiltOn } from './image/built-on.js';
import type { DockerfileInput } from './image/from-dockerfile.js';
import type { ContentsInput } from './image/index.js';
import type { Facts } from './image/made-image.js';
import type { PackageRegistry } from './image/package-registry.js';
import type { MadeImage, MadeInput, Recipe } from './image/recipe.js';
import type { BaseNode, ImageNode, PackageImage, PulledImage } from './plan/image-node.js';
import type { OsPlan, SegmentNode } from './plan/os-plan.js';
import { pull } from './pull/index.js';
import type { DescribedImage } from './sbom/described-image.js';
import type { Sbom } from './sbom/index.js';
import type { Segment } from './segment/index.js';
import type { SegmentInput } from './segment/place-segment.js';
import type { Sources } from './sources.js';
import { makeOrFind, type Stage } from './stage.js';
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

/** A finished system with what a measurement of it reads. */
export interface MeasuredSystem extends FinishedRoot {
  /** The images by the ids of their nodes. */
  readonly images: ReadonlyMap<string, OciImage>;
  readonly made: readonly MadePackages[];
  /** Bytes of the initrd by the paths of its members. */
  readonly packed: ReadonlyMap<string, number>;
}

/** A measured system with the documents that it was made of. */
export interface SystemParts extends MeasuredSystem {
  readonly bundles: Bundles;
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
  /** Default for `source`: where the image lies. */
  layersOf(image: ImageNode, source?: OpenSource): ImageLayers;
  /** Takes note of the bytes of a system's files, for the target `why`. */
  readonly filesRead: (plan: OsPlan, files: readonly PlacedFile[]) => void;
  /** Takes note of a system's initramfs, whose sizes are kept for the next build. */
  readonly assembled: (plan: OsPlan, initramfs: Initramfs) => void;
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
    const { stage, input } = await makingOf(node, from);
    return makeOrFind(stage, input, from.context);
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
    const { sbom } = await import('./sbom/index.js');
    const images = await describedSystem(plan, from);
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
    const result = await makeOrFind(initramfs, input, context);
    from.assembled(plan, result);
    return result;
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

/** The stage that makes the image of a package, how it does that, and what it reads. */
async function makingOf(node: ImageNode, from: Inputs<'image'>) {
  const image = node as ImageNode & { source: PackageImage };
  const { settings } = from.environment;
  const layersFrom = (source: OpenSource) => from.layersOf(node, source);
  if (!image.source.dockerfile) {
    const { contents, image: stage } = await import('./image/index.js');
    const input = { image, settings, bases: [], layersFrom, publish: async () => false };
    return { stage, recipe: contents, input } as Making<ContentsInput> as Making<MadeInput>;
  }
  const { dockerfile, dockerfileImage } = await import('./image/from-dockerfile.js');
  const bases = await basesOf(image.source.dockerfile.bases, from);
  const { registry } = from;
  const publish = async (made: MadeImage) => {
    const pushable = (host: string) => pushableOf(made, bases, host);
    return (await registry?.give(image, made.image.digest, pushable, from.context.log)) ?? false;
  };
  const input = { image, bases, settings, registry, layersFrom, publish };
  return {
    stage: dockerfileImage,
    recipe: dockerfile,
    input,
  } as Making<DockerfileInput> as Making<MadeInput>;
}

interface Making<Input extends MadeInput> {
  readonly stage: Stage<Input, Facts, OciImage>;
  readonly recipe: Recipe<Input>;
  readonly input: Input;
}

/** Where the bytes of an image are that a package has become. */
export async function openPackage(node: ImageNode, from: Inputs<'image'>): Promise<ImageSource> {
  const { context, sources } = from;
  const [image, { stage, recipe, input }, { MadeImageSource }, { remakeImage }] = await Promise.all([
    from.ask('image', node),
    makingOf(node, from),
    import('./image/made-image-source.js'),
    import('./image/remake.js'),
  ]);
  return new MadeImageSource({
    image,
    folder: context.outputPath(stage.folder(input)),
    bases: input.bases.map((base) => ({ ...base, source: () => sources.of(base.base.image) })),
    remake: () => remakeImage(recipe, input, image.digest, context),
  });
}

async function pushableOf(
  { image, manifest, layers }: MadeImage,
  bases: readonly BuiltOn[],
  registry: string,
): Promise<PushableImage> {
  const { pushableImage } = await import('./publish/pushable-image.js');
  const blob = (descriptor: Descriptor) => {
    const has = ({ image: below }: BuiltOn) =>
      below.layers.some(({ blob: { digest } }) => digest === descriptor.digest);
    return (bases.find(has)?.layers ?? layers).blob(descriptor);
  };
  const published = bases.flatMap(({ base, image: below }) => {
    const { source } = base.image;
    return source.kind === 'pulled'
      ? [{ reference: source.from, layers: below.layers.map(({ blob }) => blob) }]
      : [];
  });
  return pushableImage({ image, manifest, blob, bases: published }, registry);
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

/** Makes one format of a system that was made elsewhere. */
export async function runConversion(
  plan: OsPlan,
  files: BootFiles,
  name: string,
  { ask, context }: Inputs<'format'>,
): Promise<void> {
  const { convertFormat } = await import('./format/index.js');
  await convertFormat({ plan, files, extracted: (image) => ask('extract', image) }, name, context);
}

/** The initramfs of a system, and the root file system that it unpacks to. */
export async function finishedRoot(plan: OsPlan, from: Inputs<'format'>): Promise<FinishedRoot> {
  const { openSystem } = await import('./format/system.js');
  const initramfs = await from.ask('initramfs', plan);
  const system = openSystem({ ...partsOf(plan, from), initramfs }, 'kernel+initrd', from.context);
  return { initramfs, root: await system.rootTree() };
}

/** The images of a system, with what describes them beside their files. The plan has a bill of materials. */
export async function describedSystem(plan: OsPlan, from: Inputs<'sbom'>): Promise<DescribedImage[]> {
  const { describedImages } = await import('./sbom/described-image.js');
  return describedImages(plan, { ...from, imageOf: (node) => imageOf(node, from.ask) });
}

/**
 * A finished system, and how many bytes its files take in the initrd, which is read for that. `discardSegments` removes damaged
 * segments, so that asking for the initramfs makes them again.
 */
export async function measuredSystem(
  plan: OsPlan,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<MeasuredSystem> {
  const [{ healing }, { initrdContent }, { packedByPath }, { madePackages }] = await Promise.all([
    import('./format/healing.js'),
    import('./format/initrd/index.js'),
    import('./size/packed-files.js'),
    import('./installed/made-packages.js'),
  ]);
  const packed = await healing(async () => {
    const initramfs = await from.ask('initramfs', plan);
    const { source, size } = initrdContent(initramfs, undefined, from.context);
    return packedByPath(source.read(0, size), initramfs.compressor);
  }, discardSegments);
  const images = new Map(
    await Promise.all(plan.images.map(async (node) => [node.id, await imageOf(node, from.ask)] as const)),
  );
  const made = await madePackages(plan, images, from.context);
  return { ...(await finishedRoot(plan, from)), images, made, packed };
}

/** A measured system, with the documents that it was made of. */
export async function systemParts(
  plan: OsPlan,
  from: Inputs<'format'>,
  discardSegments: () => Promise<void>,
): Promise<SystemParts> {
  const measured = await measuredSystem(plan, from, discardSegments);
  return { ...measured, bundles: await from.ask('oci-config', plan) };
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

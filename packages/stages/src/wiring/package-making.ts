import type { Descriptor, ImageSource } from '@nx-linuxkit/oci';
import type { PushableImage } from '@nx-linuxkit/oci/registry';
import type { BuiltOn } from '../image/built-on.js';
import type { DockerfileInput } from '../image/from-dockerfile.js';
import type { ContentsInput } from '../image/index.js';
import type { Facts } from '../image/made-image.js';
import type { MadeImage, MadeInput, Recipe } from '../image/recipe.js';
import type { OpenSource } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { BaseNode, ImageNode, PackageImage } from '../plan/image-node.js';
import type { Stage } from '../stage.js';
import { imageOf, type Inputs } from './inputs.js';

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
export async function makingOf(node: ImageNode, from: Inputs<'image'>) {
  const image = node as ImageNode & { source: PackageImage };
  const { settings } = from.environment;
  const layersFrom = (source: OpenSource) => from.layersOf(node, source);
  if (!image.source.dockerfile) {
    const { contents, image: stage } = await import('../image/index.js');
    const input = { image, settings, bases: [], layersFrom, publish: async () => false };
    return { stage, recipe: contents, input } as Making<ContentsInput> as Making<MadeInput>;
  }
  const { dockerfile, dockerfileImage } = await import('../image/from-dockerfile.js');
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

export interface Making<Input extends MadeInput> {
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
    import('../image/made-image-source.js'),
    import('../image/remake.js'),
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
  const { pushableImage } = await import('../publish/pushable-image.js');
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

import type { BaseImage } from '@nx-linuxkit/dockerfile';
import { BUILDER_VARIABLE } from '@nx-linuxkit/dockerfile/builders';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { connectionOptions, type ConnectionSettings } from '../connection-options.js';
import { StageError } from '../error.js';
import type { Activity } from '../progress/activity.js';
import { isSameContext, seeContext, type SeenContext } from './seen-context.js';
import { DEFAULT_FILE, readPackageFile } from '../plan/dockerfile/package-file.js';
import { mayRun, readPackageInputs, type PackageInputs } from '../plan/dockerfile/package-inputs.js';
import { packageKey } from '../plan/dockerfile/package-planner.js';
import type { DockerfileImage } from '../plan/image-node.js';
import { keyOf } from '../plan/key.js';
import type { Settings } from '../plan/settings.js';
import { stageVersion } from '../stages.js';
import { withAccess } from './access.js';
import type { BuiltOn } from './built-on.js';
import { imageStage } from './made-image.js';
import type { PackageRegistry } from './package-registry.js';
import type { MadeInput, Recipe } from './recipe.js';
import { withSavedImages } from './saved-images.js';

/** What building a Dockerfile reads. */
export interface DockerfileInput extends MadeInput {
  readonly settings: Pick<Settings, 'packages'> & ConnectionSettings;
  /** Where images of packages are kept by their keys, if anywhere. */
  readonly registry?: PackageRegistry;
}

/** What the key of an input was made of: it must still be the same when the image is made. */
interface Seen {
  readonly context: SeenContext;
  /** For the build that follows the key at once; one that is made later reads the folder again. */
  readonly inputs?: PackageInputs;
}
const seen = new WeakMap<DockerfileInput, Seen>();

/** Builds the image of a package that has a Dockerfile: the layers that it adds to those of its base image. */
export const dockerfile: Recipe<DockerfileInput> = {
  key(input, { path }) {
    const { image, bases } = input;
    const inputs = readAgain(input, path('.'));
    const context = seeContext(path('.'), inputs);
    seen.set(input, { inputs, context });
    return [context.hash, dockerfileOf(image).key, digestsOf(bases), ...builderNamedBy(process.env, inputs)];
  },

  async build(input, archive, { path, log, activity, store }) {
    const { image, bases, settings, registry } = input;
    const { inputs = readAgain(input, path('.')), context } = seen.get(input) ?? {};
    const before = context ?? seeContext(path('.'), inputs);
    seen.set(input, { context: before });
    const named = builderNamedBy(process.env, inputs);
    const decides = [before.hash, dockerfileOf(image).key, digestsOf(bases), ...named];
    const key = keyOf([stageVersion('image'), ...decides]);
    const wanted = { image, name: inputs.package.image, key };
    const below = bases.flatMap(({ image: { layers } }) => layers.map(({ blob }) => blob));
    const taken = await registry?.take(wanted, below, archive, log);
    if (taken) return { ...taken, isRepeatable: true, origin: 'from its registry' };
    // Loaded here, because most builds have no Dockerfile.
    const { buildImage, buildWith, findBuilder, withTriggers } = await import('@nx-linuxkit/dockerfile');
    const { package: found } = inputs;
    const imageOf = async (reference: string, platform: string) =>
      baseImage(find(bases, reference, platform), activity);
    const plan = await withTriggers({ plan: inputs.plan, image: imageOf });
    const builder =
      plan.run && (await findBuilder(process.env[BUILDER_VARIABLE] ?? settings.packages?.builder, plan));
    const saved = (reference: string) => find(bases, reference, image.platform);
    const written = await withSavedImages(inputs, store, saved, (context) => {
      const from = {
        ...{ plan, context, labels: found.labels, mtime: sourceDate(plan.build.args) },
        http: connectionOptions(path('.'), settings),
        image: imageOf,
      };
      if (!builder) return buildImage(from, archive);
      const { network } = found;
      const asked = {
        plan,
        settings: settings.packages ?? {},
        workspaceRoot: path('.'),
        env: process.env,
        store,
      };
      const take = (line: string) => log(`${image.id}: ${line}`);
      return withAccess(asked, (access) =>
        buildWith({ ...from, builder, network, access, log: take }, archive),
      );
    });
    if (!isSameContext(before, path('.'), readAgain(input, path('.')))) throw changed(image);
    // What RUN does may depend on the time and the network, and a URL may go away.
    if (!builder) return { ...written, isRepeatable: !plan.fetches };
    return { ...written, isRepeatable: false, builder: builder.version, origin: `by ${builder.version}` };
  },
};

/** The stage `image` of a package with a Dockerfile. */
export const dockerfileImage = imageStage(dockerfile);

/** The builder that the environment names. That of the option is in the key of the graph. */
function builderNamedBy(env: NodeJS.ProcessEnv, { plan }: PackageInputs): string[] {
  const name = env[BUILDER_VARIABLE];
  return name !== undefined && mayRun(plan) ? [name] : [];
}

function digestsOf(bases: readonly BuiltOn[]): string[] {
  return bases.map(({ image: { digest } }) => digest);
}

/** Reads the folder as it is now, and compares it with what the graph was made for. */
function readAgain(
  { image, settings }: Pick<DockerfileInput, 'image' | 'settings'>,
  workspaceRoot: string,
): PackageInputs {
  const { folder, file = DEFAULT_FILE, overrides } = image.source;
  const found = readPackageFile(workspaceRoot, folder, file, overrides);
  if (!found) throw changed(image);
  const inputs = readPackageInputs(workspaceRoot, found, image.platform);
  const { key, bases } = dockerfileOf(image);
  if (packageKey(workspaceRoot, image.source, inputs, bases, settings) !== key) throw changed(image);
  return inputs;
}

function dockerfileOf({ source }: DockerfileInput['image']): DockerfileImage {
  return source.dockerfile as DockerfileImage;
}

function changed({ source: { folder } }: DockerfileInput['image']): StageError {
  return new StageError('changed-during-build', `${folder} changed during the build`, {
    where: { file: folder },
    hint: "Build again. If only a mode, a symlink or an empty folder has changed, run `nx reset` first: Nx's daemon overlooks these.",
  });
}

function find(bases: readonly BuiltOn[], reference: string, platform: string): BuiltOn {
  const found = bases.find(({ base }) => base.reference === reference && base.platform === platform);
  if (!found) throw new Error(`the plan of the Dockerfile lacks ${reference} for ${platform}`);
  return found;
}

function baseImage({ image, layers }: BuiltOn, activity: Activity): BaseImage {
  return {
    config: image.config.document,
    layers: image.layers,
    blob: (blob) => layers.blob(blob),
    async files() {
      await layers.bring(image.layers, activity);
      const indexes = await Promise.all(image.layers.map((layer) => layers.index(layer)));
      const byDiffID = new Map(image.layers.map((layer) => [layer.diffID, layer]));
      const open = (diffID: string) => {
        const layer = byDiffID.get(diffID);
        return layer && layers.open(layer);
      };
      return { indexes, open };
    },
  };
}

/** SOURCE_DATE_EPOCH, if it is among the build arguments, else LinuxKit's fixed time. Seconds since 1970. */
function sourceDate({ SOURCE_DATE_EPOCH: text = '' }: Readonly<Record<string, string>>): number {
  return /^\d{1,11}$/.test(text) ? Number(text) : DEFAULT_MTIME;
}

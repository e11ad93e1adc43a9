import { Tree, type Entry } from '@nx-linuxkit/tree';
import { contextTree } from '../context/context-tree.js';
import { DockerfileError } from '../error.js';
import { evaluateStage, type EvaluatedStage, type Inherited } from '../evaluate/evaluate.js';
import type { Step } from '../evaluate/step.js';
import { containerConfig, imageTree, type BaseImage } from '../image/base-image.js';
import { Scratch } from '../image/scratch.js';
import type { WrittenImage } from '../image/write-image.js';
import { whereOf } from '../parse/dockerfile.js';
import { wrong } from '../plan/arguments.js';
import type { Base, PlannedStage } from '../plan/plan.js';
import type { BuildInput } from './build-input.js';
import { copyInto } from './copy.js';
import { LayerTree, NotAFolder } from './layer-tree.js';
import { withTriggers } from './triggers.js';
import { writeResult, type LayerChange } from './write-result.js';

/** What is the same for all stages of one build. */
interface Build extends BuildInput {
  /** The context; it is never changed. */
  readonly files: Tree;
  readonly scratch: Scratch;
  /** The stages so far, by index. */
  readonly built: Map<number, BuiltStage>;
}

/** A stage that was built. */
interface BuiltStage {
  readonly evaluated: EvaluatedStage;
  readonly base?: BaseImage;
  readonly tree: Tree;
  /** What its steps changed, with those of the stages that it is built on. */
  readonly layers: readonly LayerChange[];
}

/** What a stage has before its first instruction. */
interface StartingPoint extends Inherited {
  readonly base?: BaseImage;
  readonly tree: Tree;
  readonly layers: readonly LayerChange[];
}

/**
 * Builds an image whose Dockerfile has no RUN, into an OCI archive. It needs no daemon and no root, and its bytes depend
 * on the input alone. Throws DockerfileError at the line of the instruction.
 */
export function buildImage(input: BuildInput, output: string): Promise<WrittenImage> {
  return Scratch.with(async (scratch) => {
    const files = contextTree(input.context, input.mtime);
    const plan = await withTriggers(input);
    const build: Build = { ...input, plan, files, scratch, built: new Map() };
    for (const stage of plan.stages) build.built.set(stage.text.index, await buildStage(build, stage));
    return writeResult(build, [...build.built.values()].at(-1) as BuiltStage, output);
  });
}

async function buildStage(build: Build, stage: PlannedStage): Promise<BuiltStage> {
  const { tree, layers: inherited, base, ...below } = await startingPoint(build, stage.base);
  const evaluated = evaluateStage(build.plan, stage, below);
  const layers = [...inherited];
  for (const { text, step } of evaluated.history) {
    layers.push({ text, entries: step ? await runStep(build, step, tree) : [] });
  }
  return { evaluated, base, tree, layers };
}

/** What a stage begins with: nothing, an image, or what another stage has. */
async function startingPoint(input: Build, base: Base): Promise<StartingPoint> {
  if (base.kind === 'scratch') return { tree: new Tree(), layers: [] };
  if (base.kind === 'stage') {
    const { evaluated, tree, layers, base: under } = input.built.get(base.index) as BuiltStage;
    return { tree: tree.clone(), layers, base: under, config: evaluated.config, args: evaluated.args };
  }
  const image = await input.image(base.reference, base.platform);
  return { tree: await imageTree(image), layers: [], base: image, config: containerConfig(image) };
}

async function runStep(build: Build, step: Step, tree: Tree): Promise<Entry[]> {
  const { mtime, plan, scratch, http } = build;
  const target = new LayerTree(tree, mtime);
  if (step.kind === 'run') {
    throw new DockerfileError('unsupported', 'RUN needs a builder that can run programs', {
      where: whereOf(plan.dockerfile, step.instruction),
    });
  }
  try {
    if (step.kind === 'folder') target.makeFolder(step.path.slice(1), { uid: 0, gid: 0 });
    else {
      const source = step.from ? await treeOf(build, step.from) : build.files;
      const keep = (bytes: AsyncIterable<Uint8Array>) => scratch.keep(bytes);
      await copyInto(target, { dockerfile: plan.dockerfile, step, source, mtime, http, keep });
    }
  } catch (error) {
    if (!(error instanceof NotAFolder)) throw error;
    throw wrong(plan.dockerfile, step.instruction, error.message);
  }
  return target.entries();
}

async function treeOf({ built, image }: Build, base: Base): Promise<Tree> {
  if (base.kind === 'scratch') return new Tree();
  if (base.kind === 'stage') return (built.get(base.index) as BuiltStage).tree;
  return imageTree(await image(base.reference, base.platform));
}

import type { Where } from '@nx-linuxkit/errors';
import { whereOf, type Dockerfile, type StageText } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { expandIn, globalArguments, wrong, type BuildArguments } from './arguments.js';

/** What FROM and `--from` can name. */
export type Base =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string; readonly platform: string };

/** A stage that the result is made of. */
export interface PlannedStage {
  readonly text: StageText;
  readonly base: Base;
  /** What `--from` of COPY and of a mount of RUN names, by the instruction and the text of the flag. */
  from(instruction: Instruction, name: string): Base;
}

/** An image that a Dockerfile names. */
export interface ImageUse {
  /** As the Dockerfile has it, with its variables replaced. */
  readonly reference: string;
  readonly platform: string;
  readonly where: Where;
}

/** A Dockerfile with its variables in FROM replaced: what is built, and out of what. */
export interface BuildPlan {
  readonly dockerfile: Dockerfile;
  readonly build: BuildArguments;
  readonly globals: ReadonlyMap<string, string>;
  /** The stages that the last one needs, in the order of the Dockerfile; the last one is the result. */
  readonly stages: readonly PlannedStage[];
  /** The images that these stages need, each once. */
  readonly images: readonly ImageUse[];
  /** The first RUN of these stages: with one, a builder that can run programs is needed. */
  readonly run?: Instruction;
  /** Whether these stages fetch a URL whose checksum the Dockerfile has. */
  readonly fetches: boolean;
}

/**
 * Finds out what a Dockerfile needs. Reads no file, so that the build graph can be made of it. Throws DockerfileError
 * `bad-dockerfile`.
 */
export function planBuild(dockerfile: Dockerfile, build: BuildArguments): BuildPlan {
  const globals = globalArguments(dockerfile, build);
  const planned = dockerfile.stages.map((text) => planStage(dockerfile, text, build, globals));
  const stages = neededStages(planned);
  const images = stages.flatMap((stage) => imagesOf(dockerfile, stage));
  const instructions = stages.flatMap(({ text }) => text.instructions);
  const runs = instructions.filter(({ keyword }) => keyword === 'RUN');
  return {
    dockerfile,
    build,
    globals,
    stages,
    images: [...new Map(images.map((use) => [`${use.reference} ${use.platform}`, use])).values()],
    ...(runs.length > 0 && { run: runs[0] }),
    fetches: instructions.some(({ flags }) => flags.some(({ name }) => name === 'checksum')),
  };
}

function planStage(
  dockerfile: Dockerfile,
  text: StageText,
  build: BuildArguments,
  globals: ReadonlyMap<string, string>,
): PlannedStage {
  const inFrom = (word: string) => expandIn(dockerfile, text.from, word, (name) => globals.get(name));
  const unknown = text.from.flags.find(({ name }) => name !== 'platform');
  if (unknown) throw wrong(dockerfile, text.from, `unknown flag --${unknown.name}`);
  const platform = inFrom(text.from.flags.at(-1)?.value ?? '') || build.platform;
  const earlier = dockerfile.stages.slice(0, text.index);
  const find = (name: string): Base => {
    if (name === 'scratch') return { kind: 'scratch' };
    const stage = earlier.findLast((other) => other.name === name.toLowerCase());
    return stage ? { kind: 'stage', index: stage.index } : { kind: 'image', reference: name, platform };
  };
  const written = inFrom(text.base);
  if (written === '')
    throw wrong(dockerfile, text.from, `${text.base} stands for nothing: an ARG has no value`);
  return {
    text,
    base: find(written),
    from(instruction, name) {
      if (name.includes('$')) {
        throw wrong(
          dockerfile,
          instruction,
          `--from=${name}: variables are not replaced here; name a stage by FROM ${name} AS …`,
        );
      }
      const index = /^\d+$/.test(name) ? Number(name) : undefined;
      if (index === undefined) return find(name);
      if (index < text.index) return { kind: 'stage', index };
      throw wrong(dockerfile, instruction, `--from=${name}: expected a stage before this one`);
    },
  };
}

/** The last stage, and those that it is made of. */
function neededStages(stages: readonly PlannedStage[]): PlannedStage[] {
  const needed = new Set<number>();
  const visit = (index: number) => {
    if (needed.has(index)) return;
    needed.add(index);
    const stage = stages[index];
    for (const base of [stage.base, ...fromsOf(stage).map(([, base]) => base)]) {
      if (base.kind === 'stage') visit(base.index);
    }
  };
  visit(stages.length - 1);
  return stages.filter(({ text }) => needed.has(text.index));
}

/** All that `--from` names in a stage. */
function fromsOf(stage: PlannedStage): [Instruction, Base][] {
  return stage.text.instructions.flatMap((instruction) =>
    fromNames(instruction).map((name): [Instruction, Base] => [instruction, stage.from(instruction, name)]),
  );
}

/** The names in `--from=name` of COPY and ADD, and in `--mount=from=name,…` of RUN. */
export function fromNames({ keyword, flags }: Instruction): string[] {
  if (keyword === 'COPY' || keyword === 'ADD') {
    return flags.filter(({ name }) => name === 'from').map(({ value }) => value);
  }
  if (keyword !== 'RUN') return [];
  return flags
    .filter(({ name }) => name === 'mount')
    .flatMap(({ value }) => value.split(','))
    .flatMap((field) => (field.startsWith('from=') ? [field.slice('from='.length)] : []));
}

/** Where the mounts of RUN lie in these stages, as paths of the image without a slash in front. */
export function mountTargets({ stages }: Pick<BuildPlan, 'stages'>): string[] {
  const mounts = stages
    .flatMap(({ text }) => text.instructions)
    .filter(({ keyword }) => keyword === 'RUN')
    .flatMap(({ flags }) => flags.filter(({ name }) => name === 'mount'));
  return mounts
    .flatMap(({ value }) => value.split(','))
    .flatMap((field) => /^(?:target|dst|destination)=\/+(.*[^/])\/*$/.exec(field)?.[1] ?? []);
}

function imagesOf(dockerfile: Dockerfile, stage: PlannedStage): ImageUse[] {
  return [[stage.text.from, stage.base] as const, ...fromsOf(stage)].flatMap(([instruction, base]) =>
    base.kind === 'image'
      ? [{ reference: base.reference, platform: base.platform, where: whereOf(dockerfile, instruction) }]
      : [],
  );
}

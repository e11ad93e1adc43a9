import type { Context, MakingContext } from './context.js';
import { duration } from './format-quantity.js';
import { keyOf } from './plan/key.js';
import { readSeal, writeSealed, type OutputFolder, type Seal } from './seal.js';
import type { Activity } from './progress/activity.js';
import { stageVersion, type StageName } from './stages.js';

/**
 * One step of the pipeline: from an input to a folder of few files, and to the result that those files hold. The
 * input type shows all that the stage reads. What decides the key is there when the stage is asked; what only making
 * needs may be a function, because most stages find their output and make nothing.
 */
export interface Stage<Input, Facts, Result> {
  readonly name: StageName;
  /** Names what the stage is about where it takes long, after the stage's own name: `kernel`. */
  subject(input: Input): string;
  /** Folder of the output, relative to the workspace. */
  folder(input: Input): string;
  /** All that decides the output's bytes beside the versions of the stage and of those upstream. */
  key(input: Input, context: Context): readonly unknown[];
  /** Whether others on this machine must not read the files. Default: false. */
  isSecret?(input: Input): boolean;
  /** A line for every run, also for one that finds its output. */
  notice?(input: Input): string | undefined;
  /** Reads the result of an output that is there; undefined for an output that is damaged. */
  open(input: Input, output: SealedOutput<Facts>, context: Context): Promise<Result | undefined>;
  /** Writes the files. */
  make(input: Input, out: OutputFolder, context: MakingContext): Promise<Made<Facts, Result>>;
}

/** An output that is there. */
export interface SealedOutput<Facts> {
  /** Absolute path of the folder that holds the files. */
  readonly folder: string;
  readonly seal: Seal<Facts>;
}

/** What making an output gives beside the files. */
export interface Made<Facts, Result> {
  /** Small results that go into the seal. */
  readonly facts: Facts;
  /** The result, where it is cheaper to keep than to read again. */
  readonly result?: (seal: Seal<Facts>) => Result;
  /** For the log: what was made, without the stage's name and the time. Absent for a stage that makes no news. */
  readonly summary?: string;
}

/**
 * Gives a stage's result: out of the output of an earlier run with the same key where that is intact, else made now.
 * Keys, seals, times and log lines of all stages are made here.
 */
export async function makeOrFind<Input, Facts, Result>(
  stage: Stage<Input, Facts, Result>,
  input: Input,
  context: Context,
): Promise<Result> {
  const folder = context.outputPath(stage.folder(input));
  const key = keyOf([stageVersion(stage.name), ...stage.key(input, context)]);
  const notice = stage.notice?.(input);
  if (notice !== undefined) context.log(`${stage.name} ${notice}`);

  const before = await readSeal<Facts>(folder);
  const seal = before?.key === key ? before : undefined;
  const found =
    seal && (await context.trusted.trusts(seal)) && (await stage.open(input, { folder, seal }, context));
  if (found) return found;

  const started = performance.now();
  let made!: Made<Facts, Result>;
  const fill = async (out: OutputFolder, activity: Activity) => {
    made = await stage.make(input, out, { ...context, activity });
    return made.facts;
  };
  const written = await context.progress.during(`${stage.name} ${stage.subject(input)}`, (activity) =>
    writeSealed(folder, key, (out) => fill(out, activity), { secret: stage.isSecret?.(input) }),
  );
  await context.trusted.made(written);
  context.made({
    stage: stage.name,
    folder: stage.folder(input),
    because: seal ? 'unusable' : before ? 'other-inputs' : 'absent',
    milliseconds: performance.now() - started,
  });
  if (made.summary !== undefined) context.log(`${stage.name} ${made.summary}, ${duration(started)}`);
  const result = made.result?.(written) ?? (await stage.open(input, { folder, seal: written }, context));
  if (result === undefined) throw new Error(`the stage ${stage.name} cannot open what it has just made`);
  return result;
}

import type { Log } from './environment.js';
import { StageError } from './error.js';
import { makeFormat } from './formats/make.js';
import type { Pipeline } from './pipeline.js';
import { planFormat } from './plan/format-plan.js';
import type { ImageNode, OsKeys, OsPlan, SegmentPlan } from './plan/os-plan.js';
import { wholeIdentity, type ShortIdentity } from './plan/identify.js';
import type { StageName } from './version.js';

/** One task: a stage, and what it is about. The key, its last word, is what the graph was made for. */
export type StageTask =
  | { readonly stage: 'pull' | 'image' | 'extract'; readonly image: ImageNode }
  | {
      readonly stage: 'segment';
      readonly image: ImageNode;
      readonly segment: SegmentPlan;
      readonly root: string;
    }
  | {
      readonly stage: 'oci-config' | 'verify' | 'initramfs';
      readonly os: ShortIdentity;
      readonly key: string;
    }
  | { readonly stage: 'format'; readonly os: ShortIdentity; readonly key: string; readonly format: string };

const KEY_OF: Partial<Record<StageName, keyof OsKeys>> = {
  'oci-config': 'ociConfig',
  verify: 'verify',
  initramfs: 'initramfs',
};

/** Runs one task. */
export async function runStage(pipeline: Pipeline, task: StageTask, log: Log): Promise<void> {
  switch (task.stage) {
    case 'pull':
    case 'image':
      return void (await pipeline.facts(task.image, log));
    case 'extract':
      return void (await pipeline.extract(task.image, log));
    case 'segment':
      return void (await pipeline.intactSegment(task.root, task.image, task.segment, log));
    default:
      return runOsStage(pipeline, task, readPlanAgain(pipeline, task), log);
  }
}

type OsTask = Extract<StageTask, { os: ShortIdentity }>;

async function runOsStage(pipeline: Pipeline, task: OsTask, plan: OsPlan, log: Log): Promise<void> {
  switch (task.stage) {
    case 'oci-config':
      return void (await pipeline.ociConfig(plan, log));
    case 'verify':
      return pipeline.verify(plan, log);
    case 'initramfs':
      return void (await pipeline.initramfs(plan, log));
    case 'format':
      return makeFormat(pipeline, plan, task.format, log);
  }
}

/**
 * The plan as the files are now. When it is not the one that the graph was made for, a file was edited while
 * building: the task's result would be cached under a key that names other bytes.
 */
function readPlanAgain(pipeline: Pipeline, task: OsTask): OsPlan {
  const { stage, os, key } = task;
  const changed = new StageError('changed-during-build', `${os.file} or its lock changed during the build`, {
    where: { file: os.file },
    hint: 'Run the build again.',
  });
  const plan = pipeline.plans.read(wholeIdentity(os));
  if (!plan) throw changed;
  const known =
    task.stage === 'format' ? planFormat(plan, task.format).key : plan.keys[KEY_OF[stage] as keyof OsKeys];
  if (known !== key.split(' ').at(-1)) throw changed;
  return plan;
}

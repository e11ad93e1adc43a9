import type { Log } from './environment.js';
import { StageError } from './error.js';
import { makeFormat } from './formats/make.js';
import type { Pipeline } from './pipeline.js';
import { planFormat } from './plan/format-plan.js';
import { wholeIdentity } from './plan/identify.js';
import type { OsKeys, OsPlan } from './plan/os-plan.js';
import type { OsTask } from './run-stage.js';
import type { StageName } from './version.js';

const KEY_OF: Partial<Record<StageName, keyof OsKeys>> = {
  'oci-config': 'ociConfig',
  verify: 'verify',
  initramfs: 'initramfs',
};

/** Runs one task of an OS. */
export async function runOsStage(pipeline: Pipeline, task: OsTask, log: Log): Promise<void> {
  const plan = await readPlanAgain(pipeline, task);
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
async function readPlanAgain(pipeline: Pipeline, task: OsTask): Promise<OsPlan> {
  const { stage, os, key } = task;
  const changed = new StageError('changed-during-build', `${os.file} or its lock changed during the build`, {
    where: { file: os.file },
    hint: 'Run the build again.',
  });
  const plan = (await pipeline.plans()).read(wholeIdentity(os));
  if (!plan) throw changed;
  const known =
    task.stage === 'format' ? planFormat(plan, task.format).key : plan.keys[KEY_OF[stage] as keyof OsKeys];
  if (known !== key.split(' ').at(-1)) throw changed;
  return plan;
}

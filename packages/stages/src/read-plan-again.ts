import { StageError } from './error.js';
import { planFormat } from './plan/format-plan.js';
import { wholeIdentity } from './plan/identify.js';
import type { OsPlan } from './plan/os-plan.js';
import { PlanReader } from './plan/plan-reader.js';
import type { OsTask } from './task.js';

export { PlanReader, wholeIdentity };

/**
 * The plan as the files are now. Throws StageError `changed-during-build` where it is not the plan that the graph was
 * made for: then a file was edited meanwhile, and the task's result would be cached under a key of other bytes.
 */
export function readPlanAgain(reader: PlanReader, task: OsTask): OsPlan {
  const plan = reader.read(wholeIdentity(task.os));
  if (!plan || keyOfTask(plan, task) !== task.key.split(' ').at(-1)) throw changed(task.os.file);
  return plan;
}

function keyOfTask(plan: OsPlan, task: OsTask): string | undefined {
  return task.stage === 'format' ? planFormat(plan, task.format).key : plan.keys[task.stage];
}

function changed(file: string): StageError {
  return new StageError('changed-during-build', `${file} or its lock changed during the build`, {
    where: { file },
    hint: 'Run the build again.',
  });
}

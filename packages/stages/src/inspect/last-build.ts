import type { BuildChange, BuildTask, LastBuild } from '@nx-linuxkit/inspect';
import type { Environment } from '../environment.js';
import type { OsPlan } from '../plan/os-plan.js';
import { explain } from '../why/explain.js';
import { readHistory } from '../why/history.js';
import { nameOf, targetOf } from '../why/lines.js';
import type { RanTask } from '../why/ran-task.js';

/** The last build of a system that made something; undefined where the store knows none. */
export async function lastBuild(
  environment: Environment,
  { name, settings }: OsPlan,
): Promise<LastBuild | undefined> {
  const history = await readHistory(environment, name);
  if (!history) return undefined;
  const { at, since, changes } = explain(history);
  const taskOf = (task: RanTask): BuildTask => ({
    target: targetOf(task, settings),
    project: task.project,
    milliseconds: Math.round(task.milliseconds),
  });
  return {
    at,
    ...(since !== undefined && { since }),
    tasks: history.tasks.map(taskOf),
    changes: changes.map((change): BuildChange => {
      const made = new Set(change.tasks.map((task) => targetOf(task, settings)));
      return { input: nameOf(change), change: change.change, made: [...made] };
    }),
  };
}

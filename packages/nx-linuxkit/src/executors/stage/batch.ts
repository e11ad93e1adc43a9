import { availableParallelism } from 'node:os';
import type { ExecutorContext, TaskGraph } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import type { Log } from '@nx-linuxkit/stages';
import { startLayerThreads } from '@nx-linuxkit/stages/threads';
import pLimit from 'p-limit';
import { checkOptions } from '../options/check-options.js';
import { removeLeftovers } from './leftovers.js';
import { TaskRunner, type Task } from './task-runner.js';

interface TaskResult {
  success: boolean;
  status: 'success' | 'failure' | 'skipped';
  terminalOutput: string;
  startTime: number;
  endTime: number;
}

/** Stages that leave something behind when an image or its place is new. */
const BRINGS: readonly Task['stage'][] = ['pull', 'image', 'segment'];
/** Stages that read layers. */
const READS: readonly Task['stage'][] = ['pull', 'segment'];

/** Tasks that run side by side: at least two, so that one's I/O overlaps another's computing on a single core too. */
const PARALLEL = Math.max(2, availableParallelism());

/**
 * Runs all tasks of one `nx` command, `build` too, in one process. A task starts when the tasks that it depends on
 * are done; a failure skips the tasks downstream and no others. Yields results as they come.
 */
export default async function* stageBatch(
  taskGraph: TaskGraph,
  inputs: Record<string, Task>,
  _overrides: unknown,
  context: ExecutorContext,
): AsyncGenerator<{ task: string; result: TaskResult }> {
  const tasks = Object.keys(inputs);
  const has = (stages: readonly Task['stage'][]) => tasks.some((task) => stages.includes(inputs[task].stage));
  if (has(READS)) startLayerThreads();
  const runner = new TaskRunner(context);
  const limit = pLimit(PARALLEL);
  const results = new Map<string, Promise<TaskResult>>();
  const finished = new Results<{ task: string; result: TaskResult }>();

  const start = (task: string): Promise<TaskResult> => {
    const known = results.get(task);
    if (known) return known;
    const result = runWhenReady(task).then((value) => {
      finished.add({ task, result: value });
      return value;
    });
    results.set(task, result);
    return result;
  };
  const runWhenReady = async (task: string): Promise<TaskResult> => {
    const upstream = await Promise.all(dependenciesOf(taskGraph, task).map(start));
    if (upstream.some(({ success }) => !success)) return skipped();
    const { project: projectName, target: targetName } = taskGraph.tasks[task].target;
    const checked = () => checkOptions<Task>('stage', inputs[task], { projectName, targetName });
    return limit(() => resultOf(async (log) => runner.run(checked(), log)));
  };

  tasks.forEach(start);
  try {
    for (let seen = 0; seen < tasks.length; seen += 1) yield await finished.next();
  } finally {
    await runner.close();
  }
  if (has(BRINGS)) await removeLeftovers(context);
}

/** Ids of the tasks of this batch that a task depends on; others are done already. Nx 23 has strings, Nx 24 objects. */
function dependenciesOf({ dependencies, tasks }: TaskGraph, task: string): string[] {
  const list = (dependencies[task] ?? []) as readonly (string | { id: string })[];
  return list
    .map((dependency) => (typeof dependency === 'string' ? dependency : dependency.id))
    .filter((id) => id in tasks);
}

async function resultOf(run: (log: Log) => Promise<void>): Promise<TaskResult> {
  const startTime = Date.now();
  const lines: string[] = [];
  const result = (status: 'success' | 'failure'): TaskResult => ({
    success: status === 'success',
    status,
    terminalOutput: lines.map((line) => `${line}\n`).join(''),
    startTime,
    endTime: Date.now(),
  });
  try {
    await run((line) => lines.push(line));
    return result('success');
  } catch (error) {
    lines.push(describe(error));
    return result('failure');
  }
}

function skipped(): TaskResult {
  const now = Date.now();
  return { success: false, status: 'skipped', terminalOutput: '', startTime: now, endTime: now };
}

/** A queue of results for one reader. */
class Results<T> {
  private readonly waiting: T[] = [];
  private wake: (() => void) | undefined;

  add(value: T): void {
    this.waiting.push(value);
    this.wake?.();
  }

  async next(): Promise<T> {
    while (this.waiting.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.waiting.shift() as T;
  }
}

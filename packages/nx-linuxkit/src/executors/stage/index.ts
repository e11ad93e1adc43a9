import type { ExecutorContext } from '@nx/devkit';
import { reported } from '../report.js';
import { TaskRunner, type Task } from './task-runner.js';

/** Runs one stage in its own process: with `--no-batch`, or for a target written by hand. */
export default async function stageExecutor(
  options: Task,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const runner = new TaskRunner(context);
    try {
      await runner.run(options, console.log);
    } finally {
      await runner.close();
    }
  });
}

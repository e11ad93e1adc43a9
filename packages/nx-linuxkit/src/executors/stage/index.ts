import type { ExecutorContext } from '@nx/devkit';
import { reported } from '../report.js';
import { TaskRunner, type Task } from './task-runner.js';

/** One stage as a task of its own: with `--no-batch`, or by hand. */
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

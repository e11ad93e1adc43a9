import type { ExecutorContext } from '@nx/devkit';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { TaskRunner, type Task } from './task-runner.js';

/** Runs one stage in its own process: with `--no-batch`, or for a target written by hand. */
export default async function stageExecutor(
  given: Task,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const options = checkOptions<Task>(executorOf(context), given, context);
    const runner = new TaskRunner(context);
    try {
      await runner.run(options, console.log);
    } finally {
      await runner.close();
    }
  });
}

/** The name of the executor that runs: each stage has one for targets written by hand, with options of its own. */
function executorOf({ target }: ExecutorContext): string {
  return target?.executor?.split(':')[1] ?? 'stage';
}

import type { ExecutorContext } from '@nx/devkit';
import { Pipeline, runStage, type StageTask } from '@nx-linuxkit/stages/run';
import { openWorkspace } from '../open-workspace.js';
import { reported } from '../report.js';

/** One stage as a task of its own: with `--no-batch`, or by hand. */
export default async function stageExecutor(
  options: StageTask,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const pipeline = new Pipeline(await openWorkspace(context));
    try {
      await runStage(pipeline, options, console.log);
    } finally {
      await pipeline.close();
    }
  });
}

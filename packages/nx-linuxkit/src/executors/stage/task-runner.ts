import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { Pipeline, StageTask } from '@nx-linuxkit/stages/run';
import { openWorkspace, pluginOptions } from '../open-workspace.js';
import { tellBuilt, type BuildTask } from './tell-built.js';

/** The options of an inferred target. */
export type Task = (StageTask | BuildTask) & {
  /** Why the task is not cached, where it reads what Nx cannot watch. */
  readonly uncached?: string;
};

/** Runs the tasks of one command with one pipeline, which is loaded by the first task that needs it. */
export class TaskRunner {
  private pipeline: Promise<Pipeline> | undefined;

  constructor(private readonly context: ExecutorContext) {}

  async run(task: Task, log: Log): Promise<void> {
    if (task.stage === 'build') return tellBuilt(task, this.context, log, () => this.newsOf(task));
    if (task.uncached !== undefined) log(`not cached: ${task.uncached}`);
    return (await this.open()).run(task, log);
  }

  /** What this command has made of a system: nothing where no task of it needed a pipeline. */
  private async newsOf({ os: { name } }: BuildTask): Promise<string[]> {
    const pipeline = await this.pipeline?.catch(() => undefined);
    if (!pipeline) return [];
    const { targetName } = await import('@nx-linuxkit/stages/plan');
    const target = targetName('size', pluginOptions(this.context.nxJsonConfiguration));
    return pipeline.news(name, `nx ${target} ${name}`);
  }

  async close(): Promise<void> {
    // Each task has already reported a pipeline that failed to open.
    const pipeline = await this.pipeline?.catch(() => undefined);
    await pipeline?.close();
  }

  private open(): Promise<Pipeline> {
    return (this.pipeline ??= openPipeline(this.context));
  }
}

async function openPipeline(context: ExecutorContext): Promise<Pipeline> {
  const { Pipeline } = await import('@nx-linuxkit/stages/run');
  return new Pipeline(await openWorkspace(context));
}

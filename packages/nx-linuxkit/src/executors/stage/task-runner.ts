import type { ExecutorContext } from '@nx/devkit';
import type { Log } from '@nx-linuxkit/stages';
import type { Pipeline, StageTask } from '@nx-linuxkit/stages/run';
import { openWorkspace } from '../open-workspace.js';
import { tellBuilt, type BuildTask } from './tell-built.js';

/** What an inferred target runs. */
export type Task = StageTask | BuildTask;

/** Runs the tasks of one command with one pipeline, which is loaded when the first stage needs it. */
export class TaskRunner {
  private pipeline: Promise<Pipeline> | undefined;

  constructor(private readonly context: ExecutorContext) {}

  async run(task: Task, log: Log): Promise<void> {
    if (task.stage === 'build') return tellBuilt(task, this.context, log);
    const { runStage } = await import('@nx-linuxkit/stages/run');
    return runStage(await this.open(), task, log);
  }

  async close(): Promise<void> {
    // Of one that could not be opened each task has told.
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

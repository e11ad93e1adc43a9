import type { Log } from './environment.js';
import type { Pipeline } from './pipeline.js';
import type { ShortIdentity } from './plan/identify.js';
import type { ImageNode, SegmentPlan } from './plan/os-plan.js';

/** One task: a stage, and what it is about. The key, its last word, is what the graph was made for. */
export type StageTask =
  | { readonly stage: 'pull' | 'image' | 'extract'; readonly image: ImageNode }
  | {
      readonly stage: 'segment';
      readonly image: ImageNode;
      readonly segment: SegmentPlan;
      readonly root: string;
    }
  | {
      readonly stage: 'oci-config' | 'verify' | 'initramfs';
      readonly os: ShortIdentity;
      readonly key: string;
    }
  | { readonly stage: 'format'; readonly os: ShortIdentity; readonly key: string; readonly format: string };

/** The tasks that read an OS's plan. */
export type OsTask = Extract<StageTask, { os: ShortIdentity }>;

/** Runs one task. */
export async function runStage(pipeline: Pipeline, task: StageTask, log: Log): Promise<void> {
  switch (task.stage) {
    case 'pull':
    case 'image':
      return void (await pipeline.facts(task.image, log));
    case 'extract':
      return void (await pipeline.extract(task.image, log));
    case 'segment':
      return void (await pipeline.intactSegment(task.root, task.image, task.segment, log));
    default:
      return (await import('./run-os-stage.js')).runOsStage(pipeline, task, log);
  }
}

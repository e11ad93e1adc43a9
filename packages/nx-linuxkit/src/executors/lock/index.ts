import type { ExecutorContext } from '@nx/devkit';
import { Pipeline, lock, lockFileOf } from '@nx-linuxkit/stages';
import { openWorkspace } from '../open-workspace.js';
import { reported } from '../report.js';

export interface LockOptions {
  readonly file: string;
  readonly update?: boolean | string | readonly string[];
}

/** Pins image references; `--update` resolves anew, all of them or those named. */
export default async function lockExecutor(
  { file, update }: LockOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const pipeline = new Pipeline(await openWorkspace(context));
    try {
      const resolved = await lock(pipeline, { file, update: parseUpdate(update) }, console.log);
      console.log(resolved.length === 0 ? `${lockFileOf(file)} is complete` : `${lockFileOf(file)} written`);
    } finally {
      await pipeline.close();
    }
  });
}

/** The command line gives `--update`, `--update=name` or `--update=a,b`. */
function parseUpdate(update: LockOptions['update']): boolean | readonly string[] | undefined {
  if (typeof update !== 'string') return update;
  return update === '' || update === 'true' ? true : update.split(',');
}

import type { ExecutorContext } from '@nx/devkit';
import { StageError, lock, lockFileOf, lockPackageFolder, type Environment } from '@nx-linuxkit/stages';
import { openWorkspace } from '../open-workspace.js';
import { reported } from '../report.js';

export interface LockOptions {
  /** The OS file, relative to the workspace; of several the last one has the lock. */
  readonly file?: string | readonly string[];
  /** Instead of a file: the folder of a package, whose Debian packages are pinned anew. */
  readonly folder?: string;
  readonly update?: boolean | string | readonly string[];
}

/** Pins image references; `--update` resolves anew, all of them or those named. */
export default async function lockExecutor(
  { file, folder, update }: LockOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const files = [file ?? []].flat();
    const environment = await openWorkspace(context);
    if (folder !== undefined) await lockPackageFolder(environment, folder, console.log);
    else if (files.length > 0) await lockFile(environment, files, update);
    else throw new StageError('missing-file', 'expected `file` or `folder`: what to lock');
  });
}

async function lockFile(
  environment: Environment,
  files: readonly string[],
  update: LockOptions['update'],
): Promise<void> {
  const before = files.slice(0, -1);
  const file = files[files.length - 1];
  const resolved = await lock(environment, { file, before, update: parseUpdate(update) }, console.log);
  console.log(resolved.length === 0 ? `${lockFileOf(file)} is complete` : `${lockFileOf(file)} written`);
}

/** The command line gives `--update`, `--update=name` or `--update=a,b`. */
function parseUpdate(update: LockOptions['update']): boolean | readonly string[] | undefined {
  if (typeof update !== 'string') return update;
  return update === '' || update === 'true' ? true : update.split(',');
}

import type { ExecutorContext } from '@nx/devkit';
import {
  StageError,
  isInstalled,
  lock,
  lockFileOf,
  lockPackageFolder,
  type Environment,
} from '@nx-linuxkit/stages';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface LockOptions {
  /** Path of the OS file in the workspace. Several files are merged in order, and the lock belongs to the last. */
  readonly file?: string | readonly string[];
  /** Folder of a package, or the build.yml of a variant, whose lock is written, in place of a file. */
  readonly folder?: string;
  /** Resolves pinned references again: all (`true`), or the named ones. */
  readonly update?: boolean | string | readonly string[];
}

/** Pins the image references of an OS, or what the image of a package is made of. */
export default async function lockExecutor(
  given: LockOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { file, folder, update } = checkOptions<LockOptions>('lock', given, context);
    const files = [file ?? []].flat();
    const environment = await openWorkspace(context);
    if (folder !== undefined) await lockFolder(environment, folder, parseUpdate(update), context);
    else if (files.length > 0) await lockFile(environment, files, update);
    else throw new StageError('missing-file', 'expected the option `file` or `folder`, got neither');
  });
}

/**
 * Locks a package folder. One that npm installed is refused to a person who names it, and passed over where many are
 * locked at once: `nx run-many -t lock` is for the packages of the workspace.
 */
async function lockFolder(
  environment: Environment,
  folder: string,
  update: ReturnType<typeof parseUpdate>,
  { taskGraph }: Pick<ExecutorContext, 'taskGraph'>,
): Promise<void> {
  const isOneOfMany = Object.keys(taskGraph?.tasks ?? {}).length > 1;
  if (isOneOfMany && isInstalled(folder)) console.log(`${folder} has the lock of its npm package`);
  else await lockPackageFolder(environment, folder, console.log, { update });
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

/** Reads the forms of the command line: `--update`, `--update=name` and `--update=a,b`. */
function parseUpdate(update: LockOptions['update']): boolean | readonly string[] | undefined {
  if (typeof update !== 'string') return update;
  return update === '' || update === 'true' ? true : update.split(',');
}

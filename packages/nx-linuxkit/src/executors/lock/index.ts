import type { ExecutorContext } from '@nx/devkit';
import { StageError, lock, lockFileOf, lockPackageFolder, type Environment } from '@nx-linuxkit/stages';
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
    if (folder !== undefined)
      await lockPackageFolder(environment, folder, console.log, { update: parseUpdate(update) });
    else if (files.length > 0) await lockFile(environment, files, update);
    else throw new StageError('missing-file', 'expected the option `file` or `folder`, got neither');
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

/** Reads the forms of the command line: `--update`, `--update=name` and `--update=a,b`. */
function parseUpdate(update: LockOptions['update']): boolean | readonly string[] | undefined {
  if (typeof update !== 'string') return update;
  return update === '' || update === 'true' ? true : update.split(',');
}

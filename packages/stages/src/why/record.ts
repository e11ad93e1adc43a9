import type { Environment } from '../environment.js';
import type { PlacedFile } from '../initramfs/files.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import type { MadeOutput } from '../made-output.js';
import type { OsPlan } from '../plan/os-plan.js';
import { packedSizes } from '../size/packed-sizes.js';
import { newSecret, readHistory, VERSION, writeHistory, type History } from './history.js';
import { tasksOf } from './ran-task.js';
import { runName } from './run-name.js';
import { takeSnapshot } from './snapshot.js';

/** What a process has built of one system. */
export interface Build {
  readonly plan: OsPlan;
  /** The files of the system, once they were read. */
  files: readonly PlacedFile[];
  /** Once it was made or found. */
  initramfs?: Initramfs;
}

/**
 * Keeps what a build of a system has made, and hashes of what it is made of. A build that made nothing leaves the history
 * as it is. A history that cannot be kept fails no build: it says so on stderr.
 */
export async function recordBuild(
  environment: Environment,
  { plan, files, initramfs }: Build,
  made: readonly MadeOutput[],
): Promise<void> {
  const tasks = tasksOf(plan, made);
  if (tasks.length === 0) return;
  try {
    const known = await readHistory(environment, plan.name);
    const secret = known?.secret ?? newSecret();
    const sizes = initramfs ? packedSizes(plan, initramfs) : known?.after.sizes;
    const snapshot = await takeSnapshot(environment, { plan, files, secret, earlier: known?.after });
    await writeHistory(environment, {
      ...{ version: VERSION, system: plan.name, platform: plan.platform, secret },
      ...continued(known, tasks),
      after: { ...snapshot, ...(sizes && { sizes }) },
    });
  } catch (error) {
    console.error(`what ${plan.name} was built of is not kept for later: ${reasonOf(error)}`);
  }
}

/** The code of an error, because a stage that met the same error has already said all of it; the message of a defect. */
function reasonOf(error: unknown): string {
  const { code, message } = error as Error & { readonly code?: string };
  return code ?? message;
}

/** Processes of one run are one build: what was there before it stays what it is compared with. */
function continued(
  known: History | undefined,
  tasks: History['tasks'],
): Pick<History, 'run' | 'before' | 'tasks'> {
  const run = runName();
  if (known?.run !== run) return { run, ...(known && { before: known.after }), tasks };
  return { run, ...(known.before && { before: known.before }), tasks: [...known.tasks, ...tasks] };
}

import type { Tree } from '@nx-linuxkit/tree';
import type { Environment, Log } from '../environment.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';

/** A system as its files are at one moment. Close it when nothing reads its root any more. */
export interface LiveSystem {
  readonly plan: OsPlan;
  readonly root: Tree;
  close(): Promise<void>;
}

/**
 * Makes the root of a system, and of that only what has changed. Undefined where the lock does not pin every reference. Throws
 * the Fault of whatever is wrong with its files.
 */
export async function openLiveSystem(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<LiveSystem | undefined> {
  const inputs = readPlan(environment.workspaceRoot, os, environment.settings);
  if (inputs.unlocked(os.platform).length > 0) return undefined;
  const pipeline = new Pipeline(environment);
  try {
    const plan = inputs.plan(os);
    const { root } = await pipeline.root(plan, log);
    return { plan, root, close: () => pipeline.close() };
  } catch (error) {
    await pipeline.close();
    throw error;
  }
}

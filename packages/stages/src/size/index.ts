import type { Environment, Log } from '../environment.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';
import { measure } from './measure.js';
import type { SystemSize } from './system-size.js';

export { compareSizes, type SizeChange, type SizeChanges } from './compare.js';
export { checkBudget, readBudget } from './budget.js';
export { readMeasurement } from './read-measurement.js';
export { sizeLines } from './lines.js';
export type { Copies, FileSize, ImageSize, SystemSize } from './system-size.js';

/**
 * Measures what the initrd of a system is made of. Makes what is not made yet; every reference must be locked. Throws the
 * Fault of a stage that failed.
 */
export async function systemSize(environment: Environment, os: OsIdentity, log: Log): Promise<SystemSize> {
  return plannedSize(
    environment,
    readPlan(environment.workspaceRoot, os, environment.settings).plan(os),
    log,
  );
}

/** Measures what the initrd of a planned system is made of; see `systemSize`. */
export async function plannedSize(environment: Environment, plan: OsPlan, log: Log): Promise<SystemSize> {
  const pipeline = new Pipeline(environment);
  try {
    const { initramfs, root } = await pipeline.root(plan, log);
    return await measure(plan, initramfs, root);
  } finally {
    await pipeline.close();
  }
}

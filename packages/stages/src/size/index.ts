import type { Environment, Log } from '../environment.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';
import { readHistory } from '../why/history.js';
import { measure } from './measure.js';
import { packedSizes, type PackedSizes } from './packed-sizes.js';
import { buildBefore, sinceBuild } from './since-build.js';
import type { SystemSize } from './system-size.js';

export type { SizeChange } from './changes.js';
export { compareSizes, type SizeChanges } from './compare.js';
export { checkBudget, readBudget } from './budget.js';
export { readMeasurement } from './read-measurement.js';
export { sizeLines } from './lines.js';
export type { SinceBuild } from './since-build.js';
export type { Copies, FileSize, ImageSize, PackageSize, SystemSize } from './system-size.js';

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
  const { size, sizes } = await measured(environment, plan, log);
  const history = await readHistory(environment, plan.name);
  const since = history && sinceBuild(plan.name, sizes, buildBefore(sizes, history));
  return { ...size, ...(since && { sinceBuild: since }) };
}

/** Measures, and closes the pipeline, which keeps what it has made for later: a build of this call counts as the last one. */
async function measured(
  environment: Environment,
  plan: OsPlan,
  log: Log,
): Promise<{ readonly size: SystemSize; readonly sizes: PackedSizes }> {
  const pipeline = new Pipeline(environment);
  try {
    const system = await pipeline.measured(plan, log);
    const { size } = await measure({ plan, ...system });
    return { size, sizes: packedSizes(plan, system.initramfs) };
  } finally {
    await pipeline.close();
  }
}

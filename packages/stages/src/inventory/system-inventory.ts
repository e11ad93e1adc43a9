import type { SbomFacts } from '@nx-linuxkit/sbom';
import type { Environment, Log } from '../environment.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';
import { systemFacts } from './system-facts.js';

/** A system, and all that is known of its images. */
export interface SystemInventory {
  readonly plan: OsPlan;
  readonly facts: SbomFacts;
}

/**
 * Gathers what a system of a workspace is made of, whether or not its root has a bill of materials. Every reference must be
 * locked. Throws the Fault of whatever failed.
 */
export async function systemInventory(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<SystemInventory> {
  const { workspaceRoot, settings } = environment;
  const described = { ...settings, sbom: settings.sbom || true };
  return inventoryOf(environment, readPlan(workspaceRoot, os, described).plan(os), log);
}

/** Gathers what a planned system is made of. The plan has a bill of materials. */
export async function inventoryOf(
  environment: Environment,
  plan: OsPlan,
  log: Log,
): Promise<SystemInventory> {
  const pipeline = new Pipeline({ ...environment, keepsHistory: false });
  try {
    return { plan, facts: await systemFacts(pipeline, plan, log) };
  } finally {
    await pipeline.close();
  }
}

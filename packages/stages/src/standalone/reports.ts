import { diffPlanned, type SystemDiff } from '../diff/index.js';
import type { Environment, Log } from '../environment.js';
import { plannedSize, type SystemSize } from '../size/index.js';
import { whyBuilt, type Why } from '../why/index.js';
import { planFiles, readFiles, systemOf, type StandaloneBuild } from './build.js';

/** Measures what the initrd of a system is made of. Makes its initramfs, and no format. */
export async function sizeStandalone(
  environment: Environment,
  request: StandaloneBuild,
  log: Log,
): Promise<SystemSize> {
  const system = systemOf(environment, request);
  return plannedSize(system, await planOf(system, request, log), log);
}

/** Compares a system with another state of it. A git ref is read with the lock of that commit, or without one. */
export async function diffStandalone(
  environment: Environment,
  request: StandaloneBuild,
  other: { readonly with: string; readonly cwd: string },
  log: Log,
): Promise<SystemDiff> {
  const system = systemOf(environment, request);
  const planIn = (there: Environment) => planOf(there, request, log);
  return diffPlanned(system, await planOf(system, request, log), { ...other, planIn }, log);
}

/** Says why the last build of a system that made something had to. `command` builds it, for the hint. */
export function whyStandalone(
  environment: Environment,
  request: StandaloneBuild,
  command: string,
): Promise<Why> {
  return whyBuilt(systemOf(environment, request), request.name, command);
}

function planOf(environment: Environment, request: StandaloneBuild, log: Log) {
  const inputs = readFiles(environment, request);
  return planFiles(environment, inputs, { ...request, formats: request.formats ?? inputs.outputs }, log);
}

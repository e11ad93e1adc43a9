import { outputPathIn, type Environment } from './environment.js';
import { initramfsFolder } from './initramfs/index.js';
import type { OsPlan } from './plan/os-plan.js';
import { removeFolder } from './replace-folder.js';
import { isOutputIntact } from './seal.js';
import { segmentFolder } from './segment/index.js';

/** Removes the segments of a system, and its initramfs, whose bytes are not what their seals say. Reads all of them. */
export async function discardDamaged(
  plan: OsPlan,
  environment: Pick<Environment, 'workspaceRoot' | 'outputRoot' | 'sharedRoot'>,
): Promise<void> {
  for (const output of [...plan.segments.map(segmentFolder), initramfsFolder(plan)]) {
    const folder = outputPathIn(environment, output);
    if (!(await isOutputIntact(folder))) await removeFolder(folder);
  }
}

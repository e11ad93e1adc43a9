import { join } from 'node:path';
import { initramfsFolder } from './initramfs/index.js';
import type { OsPlan } from './plan/os-plan.js';
import { removeFolder } from './replace-folder.js';
import { isOutputIntact } from './seal.js';
import { segmentFolder } from './segment/index.js';

/** Removes the segments of a system, and its initramfs, whose bytes are not what their seals say. Reads all of them. */
export async function discardDamaged(plan: OsPlan, outputRoot: string): Promise<void> {
  for (const output of [...plan.segments.map(segmentFolder), initramfsFolder(plan)]) {
    const folder = join(outputRoot, output);
    if (!(await isOutputIntact(folder))) await removeFolder(folder);
  }
}

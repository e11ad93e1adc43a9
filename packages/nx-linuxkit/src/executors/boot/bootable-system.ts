import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { MachineError, mediumOf, type Architecture, type MachineOptions } from '@nx-linuxkit/machine';
import { fileNameOf, wholeIdentity, type OsIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { pluginOptions } from '../open-workspace.js';
import { ensureMade } from './ensure-made.js';
import { memoryWarning } from './memory-warning.js';

/** A system, and what QEMU boots of it. */
export interface BootableSystem {
  readonly os: OsIdentity;
  readonly target: Pick<MachineOptions, 'medium' | 'arch'>;
}

/**
 * Makes the format that is to boot, unless the graph has made it, and warns where the machine has too little memory.
 * Throws MachineError for a format that no machine boots.
 */
export async function bootableSystem(
  short: ShortIdentity,
  format: string,
  { memory }: Pick<MachineOptions, 'memory'>,
  context: ExecutorContext,
): Promise<BootableSystem> {
  const os = wholeIdentity(short);
  // Refuses an unknown format before it makes something.
  machineOf(os, format, context.root);
  await ensureMade(os, format, context);
  // Some files of a format are optional, so the medium is looked at again.
  const target = machineOf(os, format, context.root);
  const settings = pluginOptions(context.nxJsonConfiguration);
  const warning = await memoryWarning(context.root, os, { ...target, memory }, settings);
  if (warning) console.warn(warning);
  return { os, target };
}

function machineOf(os: OsIdentity, format: string, root: string): BootableSystem['target'] {
  const medium = mediumOf(format, join(root, os.dist, format, fileNameOf(os.name)));
  if (!medium) {
    throw new MachineError('invalid-option', `QEMU cannot boot the format ${format}`, {
      hint: 'Boot kernel+initrd, an ISO or a disk.',
    });
  }
  return { medium, arch: os.platform.split('/')[1] as Architecture };
}

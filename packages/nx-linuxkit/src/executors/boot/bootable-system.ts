import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { mediumOf, type Architecture, type MachineOptions } from '@nx-linuxkit/machine';
import {
  StageError,
  fileNameOf,
  knownFormat,
  readPlan,
  wholeIdentity,
  type OsIdentity,
  type ShortIdentity,
} from '@nx-linuxkit/stages/plan';
import { cannotBoot } from './bootable-formats.js';
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
  checkKernel(os, target, context);
  const settings = pluginOptions(context.nxJsonConfiguration);
  const warning = await memoryWarning(context.root, os, format, { ...target, memory }, settings);
  if (warning) console.warn(warning);
  return { os, target };
}

/** A format of a system without a kernel is made, as LinuxKit makes it, but nothing can start it. */
function checkKernel(os: OsIdentity, { medium }: BootableSystem['target'], context: ExecutorContext): void {
  if (medium.kind !== 'kernel' || existsSync(medium.kernel)) return;
  const plan = readPlan(context.root, os, pluginOptions(context.nxJsonConfiguration));
  if (plan.os.kernel) return;
  throw new StageError('no-kernel', 'the system has no kernel, so that nothing can boot it', {
    where: { file: os.file },
    hint: 'Add `kernel` with an image to the YAML.',
  });
}

function machineOf(os: OsIdentity, format: string, root: string): BootableSystem['target'] {
  knownFormat(format);
  const medium = mediumOf(format, join(root, os.dist, format, fileNameOf(os.name)));
  if (!medium) throw cannotBoot(format);
  return { medium, arch: os.platform.split('/')[1] as Architecture };
}

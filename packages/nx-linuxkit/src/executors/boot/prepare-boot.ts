import type { ExecutorContext } from '@nx/devkit';
import type { MachineOptions } from '@nx-linuxkit/machine';
import { QUICKEST } from '../../inference/boot-targets.js';
import { OptionError } from '../options/error.js';
import { bootableSystem } from './bootable-system.js';
import type { Bootable, BootedSystem } from './bootable.js';
import { pushedBootable } from './pushed-bootable.js';

/** Makes or fetches what a target boots. Throws OptionError, MachineError, StageError and OciError. */
export async function prepareBoot(
  { os: short, system, format }: BootedSystem,
  machine: Pick<MachineOptions, 'memory'>,
  context: ExecutorContext,
): Promise<Bootable> {
  if (system !== undefined) return pushedBootable(system, format, context);
  if (short === undefined) throw withoutSystem(context);
  const { os, target } = await bootableSystem(short, format ?? QUICKEST, machine, context);
  return { name: os.name, project: os.name, folder: format ?? QUICKEST, target };
}

function withoutSystem({ target }: Pick<ExecutorContext, 'target'>): OptionError {
  return new OptionError('missing-option', `${target?.executor ?? 'the target'} lacks the option system`, {
    hint: 'Name a system that was pushed, "system": "oci://registry.example/systems/my-os:1.0"; one of the workspace has inferred targets, which take options in project.json without `executor`.',
  });
}

import { join, resolve } from 'node:path';
import { formats } from '@nx-linuxkit/formats';
import { mediumOf, type Architecture, type BootMedium, type Firmware } from '@nx-linuxkit/machine';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import { openCache } from '../../open-cache.js';
import type { Surroundings } from '../../surroundings.js';

/** The default folder for the state of such a machine: `my-os-state`, for `registry.example/systems/my-os:1.0`. */
export function stateNameOf(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
  return `${name || 'system'}-state`;
}

/** A system of a registry, fetched into the folder of the machine's state. */
export interface PulledMedium {
  readonly medium: BootMedium;
  readonly arch: Architecture;
}

/** Fetches a format that QEMU boots: the one that the flag names, else the first of the table that the system has. */
export async function pulledMedium(
  reference: string,
  state: string,
  values: FlagValues,
  around: Surroundings,
): Promise<PulledMedium> {
  const firmware: Firmware | undefined = values.on('uefi') ? 'uefi' : undefined;
  const bootable = formats.filter(({ medium }) => medium !== undefined).map(({ name }) => name);
  const { environment } = await openCache(values, around);
  const { pullSystem } = await import('@nx-linuxkit/stages/standalone');
  const request = {
    reference,
    format: values.text('format'),
    preferred: bootable,
    folder: resolve(around.folder, join(state, 'system')),
  };
  const { format, prefix, platform } = await pullSystem(environment, request, around.log);
  const medium = mediumOf(format, prefix);
  if (!medium) throw cannotBoot(format, bootable);
  const [, arch] = platform.split('/');
  return { medium: { ...medium, ...(firmware && { firmware }) } as BootMedium, arch: arch as Architecture };
}

function cannotBoot(format: string, bootable: readonly string[]): CommandError {
  return new CommandError('bad-flag', `--format: QEMU cannot boot the format ${format}`, {
    hint: `It boots ${bootable.join(', ')}.`,
  });
}

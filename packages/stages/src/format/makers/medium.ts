import { CONTAINERS } from '@nx-linuxkit/disk';
import type { Container, Medium } from '@nx-linuxkit/formats';
import { StageError } from '../../error.js';
import { loadMedium } from '../media/index.js';
import type { System } from '../system.js';
import type { MakeFormat } from './maker.js';

/** Makes the formats of one file: a medium in a container. */
export function mediumIn(medium: Medium, container: Container): MakeFormat {
  return async (system, path) => {
    const make = await loadMedium(medium);
    if (!make) throw new StageError('unsupported', `a medium ${medium} is not one file`);
    const machine = { name: system.name, firmware: medium === 'efi-disk' ? 'uefi' : 'bios' } as const;
    await CONTAINERS[variant(container, system)](await make(system), path('image'), machine, system.kept);
  };
}

function variant(container: Container, { options }: System): keyof typeof CONTAINERS {
  return container === 'qcow2' && options.compressed ? 'qcow2-compressed' : container;
}

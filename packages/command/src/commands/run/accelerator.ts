import { accessSync, constants } from 'node:fs';
import { arch, platform } from 'node:process';
import type { Accelerator, Architecture } from '@nx-linuxkit/machine';
import { CommandError } from '../../error.js';
import { architectureOf } from '../../platform.js';

const KNOWN: readonly Accelerator[] = ['tcg', 'kvm', 'hvf', 'whpx'];

/**
 * The accelerator for a guest: the first of a list with colons that can work here, by default hardware before software.
 * Software runs guests of other architectures. Throws CommandError `bad-flag` for a name that QEMU does not have.
 */
export function acceleratorFor(guest: Architecture, given = 'kvm:hvf:tcg'): Accelerator {
  const names = given.split(':');
  const unknown = names.find((name) => !(KNOWN as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new CommandError('bad-flag', `--accel: unknown accelerator ${JSON.stringify(unknown)}`, {
      hint: `Write one of ${KNOWN.join(', ')}, or several with colons.`,
    });
  }
  if (guest !== architectureOf(arch)) return 'tcg';
  const usable = (names as Accelerator[]).filter(works);
  // QEMU says why the one that was asked for does not work.
  return usable[0] ?? (names.at(-1) as Accelerator);
}

function works(name: Accelerator): boolean {
  if (name === 'hvf') return platform === 'darwin';
  if (name === 'whpx') return platform === 'win32';
  return name === 'tcg' || isAccessible('/dev/kvm');
}

function isAccessible(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

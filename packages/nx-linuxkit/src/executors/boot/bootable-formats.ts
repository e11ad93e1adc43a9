import { formats } from '@nx-linuxkit/formats';
import { MachineError } from '@nx-linuxkit/machine';

/** The formats that QEMU boots, in the order of the table. */
export const bootableFormats = formats.filter(({ medium }) => medium !== undefined).map(({ name }) => name);

/** The error for a format that no machine boots. */
export function cannotBoot(format: string): MachineError {
  return new MachineError('invalid-option', `QEMU cannot boot the format ${format}`, {
    hint: `It boots ${bootableFormats.join(', ')}.`,
  });
}

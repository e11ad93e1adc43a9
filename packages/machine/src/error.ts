import { Fault } from '@nx-linuxkit/errors';

export type MachineErrorCode =
  /** An option that cannot be read, or a combination that no machine has (BIOS on arm64). */
  | 'invalid-option'
  /** qemu-system-<arch> or qemu-img is not on the PATH. */
  | 'qemu-missing'
  /** No UEFI code and variables for the architecture. */
  | 'firmware-missing'
  /** The kernel, disk or ISO to boot does not exist. */
  | 'medium-missing'
  /** QEMU ended with an error of its own: a port in use, an unreadable file. */
  | 'qemu-failed'
  /** Time ran out before all that was expected had been seen. */
  | 'boot-timeout'
  /** The console showed a line that no good boot shows. */
  | 'boot-failed'
  /** The guest powered off before all that was expected had been seen. */
  | 'guest-ended';

export class MachineError extends Fault<MachineErrorCode> {}

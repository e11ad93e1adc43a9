import { Fault } from '@nx-linuxkit/errors';

/** Everything that can go wrong when a machine is started or tested. */
export type MachineErrorCode =
  /** An option cannot be read, or no machine has this combination of options (BIOS on arm64). */
  | 'invalid-option'
  /** qemu-system-<arch> or qemu-img is not on the PATH. */
  | 'qemu-missing'
  /** No UEFI firmware (code and variables) was found for the architecture. */
  | 'firmware-missing'
  /** The kernel, disk or ISO to boot does not exist. */
  | 'medium-missing'
  /** QEMU ended with its own error, such as a port in use or an unreadable file. */
  | 'qemu-failed'
  /** The program of a hypervisor is not on the PATH. */
  | 'hypervisor-missing'
  /** A hypervisor, or a command of it, ended with its own error. */
  | 'hypervisor-failed'
  /** The time limit passed before everything expected was seen. */
  | 'boot-timeout'
  /** The console showed a line that fails the boot, such as a kernel panic. */
  | 'boot-failed'
  /** The guest powered off before everything expected was seen. */
  | 'guest-ended';

/** The one error of this package. */
export class MachineError extends Fault<MachineErrorCode> {}

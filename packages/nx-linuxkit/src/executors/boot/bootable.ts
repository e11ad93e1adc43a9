import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { HypervisorMachine, MachineExit, MachineOptions } from '@nx-linuxkit/machine';
import type { ShortIdentity } from '@nx-linuxkit/stages/plan';

/** Which system a target boots. */
export interface BootedSystem {
  /** A system of the workspace: set by inference. */
  readonly os?: ShortIdentity;
  /** The URL of a system that was pushed. It comes before `os`. */
  readonly system?: string;
  /** Default: `kernel+initrd`, or the first format of a pushed system that QEMU boots. */
  readonly format?: string;
}

/** A machine that was started, in QEMU or on a hypervisor. */
export interface StartedMachine {
  readonly machine: HypervisorMachine;
  /** The error of a machine that has ended otherwise than by a power-off. */
  readonly failure: (exit: MachineExit) => Error;
}

/** What a machine boots. */
export interface Bootable {
  /** The system, for lines that a person reads. */
  readonly name: string;
  /** The name of the target's folders about this system, below those of `project`. */
  readonly folder: string;
  readonly project: string;
  readonly target: Pick<MachineOptions, 'medium' | 'arch'>;
}

/** The default folder for a machine's disks and UEFI variables. */
export function stateOf(
  { project, folder }: Pick<Bootable, 'project' | 'folder'>,
  { root }: Pick<ExecutorContext, 'root'>,
): string {
  return join(root, '.linuxkit', 'boot', project, folder);
}

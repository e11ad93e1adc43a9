import type { System } from './system.js';

/** A kernel with its initrd, a disk or a CD by BIOS or UEFI. */
export type BootKind = 'kernel' | 'bios-disk' | 'efi-disk' | 'bios-cd' | 'efi-cd';

/** One of LinuxKit's output names, or one of ours. */
export interface Format {
  readonly name: string;
  /** For `nx show project` and the reference page. */
  readonly description: string;
  /** How QEMU starts it; absent for a format that is no machine's boot medium. */
  readonly boots?: BootKind;
  /** The files it makes, by LinuxKit's names, for an OS of the given name. */
  files(name: string): string[];
  load(): Promise<MakeFormat>;
}

/** Writes the format's files into an empty folder that replaces the old output when all is done. */
export type MakeFormat = (system: System, folder: string) => Promise<void>;

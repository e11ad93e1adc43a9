import type { FormatOptions } from '../plan/format-options.js';
import type { LoaderName } from '../plan/loaders.js';
import type { System } from './system.js';

/** A kernel with its initrd or a root on a disk; a disk or a CD by BIOS or UEFI; one that both start. */
export type BootKind =
  'kernel' | 'kernel-root' | 'bios-disk' | 'efi-disk' | 'bios-cd' | 'efi-cd' | 'hybrid-cd' | 'efi-program';

/** One of LinuxKit's output names, or one of ours. */
export interface Format {
  readonly name: string;
  /** For `nx show project` and the reference page. */
  readonly description: string;
  /** How QEMU starts it; absent for a format that is no machine's boot medium. */
  readonly boots?: BootKind;
  /** OCI names of the architectures that it is for; absent for all. */
  readonly architectures?: readonly string[];
  /** Those of an entry in `outputs` that mean something here. */
  readonly options?: readonly (keyof FormatOptions)[];
  /** The loaders whose boot files it takes. */
  readonly loaders?: (options: FormatOptions) => readonly LoaderName[];
  /** The files it makes, by LinuxKit's names, for an OS of the given name. */
  files(name: string): string[];
  load(): Promise<MakeFormat>;
}

/** Writes the format's files into an empty folder that gets its name when all is done; the old one is gone by then. */
export type MakeFormat = (system: System, folder: string) => Promise<void>;

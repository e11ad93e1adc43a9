import type { Where } from '@nx-linuxkit/errors';
import type { Container, File, Output, Volume as VolumeEntry } from './linuxkit-yml.js';

export type Section = 'onboot' | 'onshutdown' | 'services';

/** Sections of containers, in the order in which LinuxKit lays them out and numbers their ids. */
export const SECTIONS: readonly Section[] = ['onboot', 'onshutdown', 'services'];

export interface Kernel {
  readonly image: string;
  /** Goes to boot/cmdline as it is. */
  readonly cmdline: string;
  /** Path in the image. */
  readonly binary: string;
  /** Path in the image; empty if no modules are wanted. */
  readonly tar: string;
  /** Path in the image of a file that may be missing. */
  readonly ucode?: string;
  /** What the YAML says of these, for `files[].metadata`: defaults are not in it. */
  readonly written: { readonly binary?: string; readonly tar?: string; readonly ucode?: string };
}

export interface Volume extends VolumeEntry {
  readonly name: string;
  readonly readonly: boolean;
  readonly format: 'filesystem' | 'oci';
}

/** As written; readOs has checked that it has a path and exactly one kind of contents. */
export interface FileSpec extends File {
  readonly path: string;
}

/** A step into the merged document, such as `['services', 2, 'image']`. */
export type DocumentPath = readonly (string | number)[];

/** One operating system: all YAML files merged, checked, with LinuxKit's defaults. */
export interface OsSpec {
  /** Absent if no image is given: outputs that need a kernel are then impossible. */
  readonly kernel?: Kernel;
  readonly init: readonly string[];
  readonly volumes: readonly Volume[];
  readonly onboot: readonly Container[];
  readonly onshutdown: readonly Container[];
  readonly services: readonly Container[];
  readonly files: readonly FileSpec[];
  /** Empty if the YAML leaves it to the plugin. */
  readonly outputs: readonly Output[];
  readonly trust: { readonly image: readonly string[]; readonly org: readonly string[] };
  /** Never empty. */
  readonly platforms: readonly string[];
  /** Every YAML file read, in the order of merging. */
  readonly documents: readonly string[];
  /** Where the value of a path was written; of its nearest ancestor if the path itself was not. */
  where(path: DocumentPath): Where;
}

/** The `config` object of an OCI image configuration, as far as it matters here. */
export interface OciImageConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly WorkingDir?: string | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

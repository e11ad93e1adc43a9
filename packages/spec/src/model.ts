import type { Where } from '@nx-linuxkit/errors';
import type { Container, File, Output, Volume as VolumeEntry } from './linuxkit-yml.js';

/** A section of the YAML that lists containers. */
export type Section = 'onboot' | 'onshutdown' | 'services';

/** All sections, in the order in which LinuxKit writes their containers and numbers their ids. */
export const SECTIONS: readonly Section[] = ['onboot', 'onshutdown', 'services'];

/**
 * The platform of a system whose YAML gives none, as `os/arch`. It does not depend on the host, so that the same
 * YAML gives the same bytes everywhere.
 */
export const DEFAULT_PLATFORM = 'linux/amd64';

/** The `kernel` section, with LinuxKit's defaults. Paths are paths in the image, without a leading slash. */
export interface Kernel {
  /** Reference of the image, as written. */
  readonly image: string;
  /** The kernel command line; it becomes boot/cmdline unchanged. */
  readonly cmdline: string;
  /** Path of the kernel. */
  readonly binary: string;
  /** Path of the tarball of modules; empty if no modules are wanted. */
  readonly tar: string;
  /** Path of the microcode archive, which the image may lack. */
  readonly ucode?: string;
  /** The keys that the YAML itself gives, without defaults, for `formatMetadata`. */
  readonly written: { readonly binary?: string; readonly tar?: string; readonly ucode?: string };
}

/** An entry of `volumes`, with LinuxKit's defaults. */
export interface Volume extends VolumeEntry {
  readonly name: string;
  /** Whether every container must mount the volume read-only. */
  readonly readonly: boolean;
  readonly format: 'filesystem' | 'oci';
}

/** An entry of `files` as written. `readOs` has checked that it has a path and exactly one kind of contents. */
export interface FileSpec extends File {
  readonly path: string;
}

/** The keys and indexes that lead to a value in a document, such as `['services', 2, 'image']`. */
export type DocumentPath = readonly (string | number)[];

/** One operating system: its YAML files merged and checked, with LinuxKit's defaults. References are as written. */
export interface OsSpec {
  /** Absent if the YAML gives no kernel image. Most formats need one. */
  readonly kernel?: Kernel;
  readonly init: readonly string[];
  readonly volumes: readonly Volume[];
  readonly onboot: readonly Container[];
  readonly onshutdown: readonly Container[];
  readonly services: readonly Container[];
  readonly files: readonly FileSpec[];
  /** Empty if the YAML has no `outputs`: the plugin's options then choose the format. */
  readonly outputs: readonly Output[];
  readonly trust: { readonly image: readonly string[]; readonly org: readonly string[] };
  /** Where the images of services lie. Default: each is unpacked below `containers/`. */
  readonly imageStore?: 'containerd';
  /** At least one platform, as `os/arch[/variant]`. */
  readonly platforms: readonly string[];
  /** The names of the variants of the last YAML file; the values of one of them may be in this system. */
  readonly variants: readonly string[];
  /** The environment variables that the YAML files take values from, set or not. */
  readonly environment: readonly string[];
  /** The paths of all YAML files, in the order in which they are merged. */
  readonly documents: readonly string[];
  /** Returns the place where the value of a path stands, or its nearest ancestor that a file contains. */
  where(path: DocumentPath): Where;
}

/**
 * The part of the `config` object of an OCI image configuration that a bundle depends on.
 * Source: https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md.
 */
export interface OciImageConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  /** LinuxKit runs as the user of the YAML or of the label, and not as this one. */
  readonly User?: string | null;
  readonly WorkingDir?: string | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

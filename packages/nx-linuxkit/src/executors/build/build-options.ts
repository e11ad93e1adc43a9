import type { OsIdentity } from '@nx-linuxkit/stages/plan';

/** Options of the executor `build`. */
export interface BuildOptions {
  /**
   * The OS file, relative to the workspace, for a target written by hand. Several files are merged in order, as
   * LinuxKit merges; the last one gives the name and the folder.
   */
  readonly file?: string | readonly string[];
  /** The URL of a system that was pushed, of which the formats are made. */
  readonly system?: string;
  /** What names of files begin with. Default: the project, or the file's own name if it is not called linuxkit.yml. */
  readonly name?: string;
  /** Folder for the files of all formats, relative to the workspace. Default: a folder for each, below `dist`. */
  readonly dir?: string;
  /** Where a `source` is looked for first: a folder relative to the workspace, or `cwd`, where Nx was started. */
  readonly sourceBase?: string;
  readonly platform?: string;
  /** A key of `variants` in the YAML. Default: the system without a variant. */
  readonly variant?: string;
  /** Values of variables, as a list of `NAME=value` or as a mapping. */
  readonly set?: string | readonly string[] | Readonly<Record<string, unknown>>;
  /** Formats to make in this one task; default: those that the YAML declares. */
  readonly formats?: readonly string[];
  /** Builds a second time without any cache and compares the bytes with the first. */
  readonly verify?: boolean;
  /** Set by inference, for an OS that has no graph. */
  readonly os?: OsIdentity;
  /** Set by inference: why the graph of the system cannot be cached. */
  readonly uncached?: string;
}

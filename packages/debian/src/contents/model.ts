import type { BuildYml } from '@nx-linuxkit/spec';
import type { Architecture } from '../architecture.js';

/** A checked build.yml. Its keys are LinuxKit's, except `contents`. */
export interface Build {
  /** Path of the build.yml, for messages. */
  readonly file: string;
  readonly image: string;
  readonly org: string;
  readonly arches: readonly Architecture[];
  /** The container entry that becomes the label `org.mobyproject.config`. */
  readonly config?: BuildYml['config'];
  readonly contents: Contents;
}

/**
 * The contents of an image, by the keys of build.yml that docs/reference/build-yml.md describes. `${arch}` in any
 * string stands for `amd64` or `arm64`.
 */
export interface Contents {
  readonly suite: string;
  /** Components of the suite: `main`, and what a build.yml names beside it. */
  readonly components: readonly string[];
  /** Packages to add whole, with all that they depend on. */
  readonly packages: readonly string[];
  /** Names of packages to leave out, and globs of paths, which start with `/`, to leave out. */
  readonly exclude: readonly string[];
  readonly binaries: readonly Binaries[];
  readonly files: readonly FileSpec[];
  /** Symlinks: the target by path, written as it is given. */
  readonly links: Readonly<Record<string, string>>;
  readonly users: readonly User[];
  readonly groups: readonly Group[];
  readonly owners: readonly Owner[];
  readonly concatenate: readonly Concatenation[];
  readonly applets?: Applets;
  readonly mergedUsr: boolean;
  readonly depmod: boolean;
  readonly archives: readonly ArchiveSpec[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Files of a package, or of the packages that it depends on, with the libraries and modules that they need. */
export interface Binaries {
  readonly package: string;
  /** Absolute globs. */
  readonly paths: readonly string[];
  /** Allows paths that no package has. */
  readonly optional?: boolean;
}

/** An entry of `files`, like LinuxKit's. With `package` and `from` it is a file of a package under another name. */
export interface FileSpec {
  readonly path: string;
  readonly contents?: string;
  /** A file or folder beside build.yml. */
  readonly source?: string;
  readonly package?: string;
  readonly from?: string;
  readonly directory?: boolean;
  readonly mode?: string;
  readonly uid?: number | string;
  readonly gid?: number | string;
}

/** A line of /etc/passwd. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home?: string;
  readonly shell?: string;
}

/** A line of /etc/group. */
export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members?: readonly string[];
}

/** New owner and mode of existing files. */
export interface Owner {
  /** An absolute glob. */
  readonly path: string;
  readonly mode?: string;
  readonly uid?: number | string;
  readonly gid?: number | string;
}

/** Joins the matching files, in the order of their paths, into one file. They are removed, except with `keep`. */
export interface Concatenation {
  readonly path: string;
  readonly from: readonly string[];
  readonly keep?: boolean;
}

/** Symlinks to one binary that has many names. */
export interface Applets {
  readonly binary: string;
  /** A file beside build.yml with one path on each line, as `busybox --list-full` prints them. */
  readonly source: string;
}

/** Replaces the matching files by a tar that holds them, such as LinuxKit's kernel.tar. */
export interface ArchiveSpec {
  readonly path: string;
  readonly from: readonly string[];
}

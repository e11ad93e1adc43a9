import type { BuildYml } from '@nx-linuxkit/spec';
import type { Architecture } from '../architecture.js';

/** build.yml, checked. Keys are LinuxKit's, but for `contents`. */
export interface Build {
  /** The build.yml, for messages. */
  readonly file: string;
  readonly image: string;
  readonly org: string;
  readonly arches: readonly Architecture[];
  /** The container entry that becomes the label `org.mobyproject.config`. */
  readonly config?: BuildYml['config'];
  readonly contents: Contents;
}

/** What an image is made of. `${arch}` in any string of it stands for `amd64` or `arm64`. */
export interface Contents {
  readonly suite: string;
  /** With all that they depend on, whole. */
  readonly packages: readonly string[];
  /** Names of packages not to bring; paths (they start with `/`, globs) not to keep. */
  readonly exclude: readonly string[];
  readonly binaries: readonly Binaries[];
  readonly files: readonly FileSpec[];
  /** Path to target, verbatim. */
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

/** Files of a package, or of what it depends on, with the libraries and modules that they need. */
export interface Binaries {
  readonly package: string;
  readonly paths: readonly string[];
  /** No error where the package has none of these paths. */
  readonly optional?: boolean;
}

/** As an entry of LinuxKit's `files`; `package` and `from` take a file out of a package under another name. */
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

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home?: string;
  readonly shell?: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members?: readonly string[];
}

export interface Owner {
  readonly path: string;
  readonly mode?: string;
  readonly uid?: number | string;
  readonly gid?: number | string;
}

/** The matching files, sorted by path, as one file; they are removed unless `keep`. */
export interface Concatenation {
  readonly path: string;
  readonly from: readonly string[];
  readonly keep?: boolean;
}

/** Links to one binary that has many names. */
export interface Applets {
  readonly binary: string;
  /** A file beside build.yml: one path a line, as `busybox --list-full` prints. */
  readonly source: string;
}

/** The matching files as a tar file in the image, in their place (LinuxKit's kernel.tar). */
export interface ArchiveSpec {
  readonly path: string;
  readonly from: readonly string[];
}

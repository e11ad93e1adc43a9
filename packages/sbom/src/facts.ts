import type { Attested } from './spdx/attested.js';

/** All that a bill of materials says about a system. Everything decides bytes, nothing else does. */
export interface SbomFacts {
  /** In the order in which the system is put together. */
  readonly images: readonly SbomImage[];
  /**
   * The time of the document, in RFC 3339. Default: the latest time that the images and their documents name, so that the
   * same images always give the same document.
   */
  readonly created?: string;
  /** Seconds since 1970: the time of a document whose images name none. */
  readonly epoch: number;
}

/** An image at its place in a system. */
export interface SbomImage {
  /** The reference of an image that was pulled, the name of a package that was made. */
  readonly name: string;
  /** The digest of its manifest. */
  readonly digest: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** Where its root lies in that of the system: `containers/services/nginx/rootfs`, '' for the root itself. */
  readonly place: string;
  /** The repository in a registry, such as `docker.io/library/nginx`. */
  readonly repository?: string;
  /** When it was made, as its config says. */
  readonly created?: string;
  /** The SPDX documents that are attached to it. */
  readonly attested: readonly Attested[];
  /** The Debian packages that it is made of. */
  readonly debian?: DebianRecords;
  /** The packages that files in its root name: records of package managers, lock files, programs. */
  readonly found?: readonly FoundPackage[];
  /** Sentences about documents that are attached and could not be read. */
  readonly notes?: readonly string[];
}

/** The Debian packages of an image. */
export interface DebianRecords {
  /** Such as `bookworm`. */
  readonly suite: string;
  readonly packages: readonly DebianRecord[];
}

/** One Debian package. */
export interface DebianRecord {
  readonly name: string;
  readonly version: string;
  /** Debian's name: `amd64`, `all`. */
  readonly architecture: string;
  /** The name of the source package. */
  readonly source: string;
  /** The hash of the .deb: 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Kinds of packages by the types of package URLs: https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst */
export type PackageType = 'deb' | 'apk' | 'npm' | 'golang' | 'cargo' | 'pypi';

/** A package that a file in the root of an image names. */
export interface FoundPackage {
  readonly type: PackageType;
  /** As its ecosystem writes it: `libc6`, `@types/node`, `golang.org/x/net`. */
  readonly name: string;
  readonly version: string;
  /** As the distribution writes it: `amd64`, `x86_64`. */
  readonly architecture?: string;
  /** Where the package is of, as `os-release` has it. */
  readonly distribution?: Distribution;
  /** The source package that it was built from, where that has another name or another version. */
  readonly source?: SourcePackage;
  /** The licence as the package writes it: an expression of SPDX, or other words. */
  readonly license?: string;
  /** The file that names it, as a path in the root of the system. */
  readonly path: string;
}

/** A distribution, as `ID` and `VERSION_ID` of os-release(5) name it. */
export interface Distribution {
  readonly id: string;
  /** Absent for a rolling distribution. */
  readonly version?: string;
}

/** What packages are built from. */
export interface SourcePackage {
  readonly name: string;
  /** Absent where it is that of the package. */
  readonly version?: string;
}

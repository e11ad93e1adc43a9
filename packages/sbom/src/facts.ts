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

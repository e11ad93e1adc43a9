import type { Distribution, SbomImage, SourcePackage } from '../facts.js';

/** One package of an image, joined out of all that says something about it. */
export interface Component {
  /** The type of its package URL, such as `deb`; absent where it has none. */
  readonly type?: string;
  /** With its namespace, as its ecosystem writes it: `@types/node`. */
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  /** Licences as expressions of SPDX or as other words; several where what says them differs. */
  readonly licenses: readonly string[];
  readonly source?: SourcePackage;
  readonly distribution?: Distribution;
  /** The hash of the file that it was installed from: 64 hexadecimal digits. */
  readonly sha256?: string;
  /** The files that name it, as paths in the root of the system. */
  readonly paths: readonly string[];
}

/** An image with its packages, sorted by type, name and version. */
export interface ImageInventory {
  readonly image: SbomImage;
  readonly components: readonly Component[];
}

import type { ImageNode } from '@nx-linuxkit/stages/standalone';
import type { NamedPackage } from '../given-packages.js';

/** A package and what is to be done for it. */
export interface PlannedBuild {
  readonly named: NamedPackage;
  /** The platforms that are asked for. */
  readonly platforms: readonly string[];
  /** The images to make; fewer than platforms where the cache or the registry has some. */
  readonly images: readonly ImageNode[];
}

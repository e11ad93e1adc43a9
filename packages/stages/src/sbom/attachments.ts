import type { Attested } from '@nx-linuxkit/sbom';

/** The SPDX documents that are attached to an image. */
export interface Attachments {
  readonly documents: readonly Attested[];
  /** Sentences about what is attached and cannot be read. */
  readonly problems: readonly string[];
}

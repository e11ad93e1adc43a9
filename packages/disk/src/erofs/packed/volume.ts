import type { Content } from '@nx-linuxkit/tree';
import type { PackedContents } from './table.js';

/** The packed contents of one source, as a volume holds them: they follow each other as they are. */
export interface PackedVolume {
  /** The id of the source. */
  readonly source: string;
  readonly contents: PackedContents;
  /** All blocks. */
  readonly blocks: Content;
}

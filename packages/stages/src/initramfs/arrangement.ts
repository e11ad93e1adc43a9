import type { Entry } from '@nx-linuxkit/tree';
import type { PlannedSegment } from '../segment/planned-segment.js';
import type { AssembledSegment } from './assembled-segment.js';

/** How the initramfs of a system is put together: everything that must be computed from the trees of its images. */
export interface Arrangement {
  /** One for each segment of the plan, in its order. */
  readonly segments: readonly ArrangedSegment[];
  /** Entries of the own archive, the last one: what no segment brings. */
  readonly own: readonly Entry[];
  /** Bytes of memory that the unpacked root takes. */
  readonly unpacked: number;
  /** Paths of programs with file capabilities, sorted. */
  readonly capable: readonly string[];
}

export interface ArrangedSegment {
  /** Bytes at the segment's front that are left out, because an earlier segment brings them. */
  readonly start: number;
  /** Present where the segment as it is does not fit and is made again for this system. */
  readonly again?: SegmentAgain;
}

/** A segment that is made again among its neighbours. */
export interface SegmentAgain {
  readonly assembled: AssembledSegment;
  readonly planned: PlannedSegment;
}

import type { SegmentNode } from '../plan/os-plan.js';
import type { PlacedImage } from '../segment/placed-image.js';
import type { SegmentSummary } from '../segment/summary.js';

/** One image at its place in the root of a system. */
export interface AssembledSegment {
  readonly node: SegmentNode;
  readonly placed: PlacedImage;
  /** Present when only the image's folder was placed, not what lies in it. */
  readonly summary?: SegmentSummary;
}

import { keyOf } from './key.js';
import type { ImageNode } from './image-node.js';
import type { SegmentPlan } from './os-plan.js';

/** Hexadecimal digits that tell apart the few segments of one image at one place. */
const SHORT_KEY = 8;

/**
 * The node of an image at a place. A segment depends on nothing else, so every system that has the image there shares
 * the node. Its name has the place, and a hash of the plan where the plan asks for something unusual.
 */
export function segmentNode(image: ImageNode, plan: SegmentPlan): { id: string; root: string } {
  const place = plan.at === '' ? plan.section : plan.at.slice('containers/'.length);
  const word = isUsual(plan) ? place : `${place}-${keyOf(plan).slice(0, SHORT_KEY)}`;
  const id = `segment/${image.id}/${word}`;
  return { id, root: `.linuxkit/${id}` };
}

function isUsual({ compressor, readonly, tar, layout }: SegmentPlan): boolean {
  const usualTar = tar === undefined || tar === 'kernel.tar';
  return compressor === 'gzip' && usualTar && readonly === undefined && layout === undefined;
}

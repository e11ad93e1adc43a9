import { keyOf } from './key.js';
import type { ImageNode, SegmentPlan } from './os-plan.js';

/** Digits of a hash that tell apart what is made of one image at one place. */
const SHORT_KEY = 8;

/**
 * The node of an image at a place: a segment depends on nothing else, so every OS that has the image there shares
 * it. Its name has the place, and a hash of whatever else the plan asks for beyond the usual.
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

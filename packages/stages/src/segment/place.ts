import type { Origin } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode, SegmentPlan } from '../plan/os-plan.js';
import { placeLayout } from './layout-tree.js';
import { placeImage, type PlacedImage } from './placed-image.js';

/** Puts an image where it belongs: its files, or of a volume with `format: oci` the image itself. */
export async function place(
  pipeline: Pipeline,
  image: ImageNode,
  plan: SegmentPlan,
  origin: Origin,
  log: Log,
): Promise<PlacedImage> {
  const facts = await pipeline.facts(image, log);
  if (plan.layout) return placeLayout(pipeline, image, facts, plan, origin);
  const extracted = await pipeline.extract(image, log);
  return placeImage(extracted, facts, plan, origin, pipeline.environment.store);
}

import type { Digest } from '@nx-linuxkit/oci';
import type { Origin } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import type { Extracted } from '../extract/index.js';
import { imageName } from '../image-name.js';
import type { ImageLayers } from '../layers/layers.js';
import type { SegmentNode } from '../plan/os-plan.js';
import { placeInStore } from './image-store-tree.js';
import { placeLayout } from './layout-tree.js';
import { placeImage, type PlacedImage } from './placed-image.js';

/** An image and its place, with all that placing it reads. */
export interface SegmentInput {
  readonly node: Pick<SegmentNode, 'root' | 'image' | 'plan'>;
  readonly extracted: Extracted;
  readonly layers: ImageLayers;
  /** A manifest or index of the image for any platform, fetched where the store lacks it. */
  readonly fetchManifest: FetchManifest;
}

/** Tells whether an image lies at the root, as kernel and init images do. All others have their own folders. */
export function isAtRoot({ plan }: Pick<SegmentNode, 'plan'>): boolean {
  return plan.section === 'kernel' || plan.section === 'init';
}

/** Fetches a manifest or index by digest from where the image lies. */
export type FetchManifest = (digest: Digest) => Promise<Buffer>;

/** Puts an image where it belongs: its files, or the image itself: for a volume with `format: oci`, and for a service in containerd's store. */
export async function placeSegment(
  { node: { image, plan }, extracted, layers, fetchManifest }: SegmentInput,
  origin: Origin,
  context: Context,
): Promise<PlacedImage> {
  if (plan.imageStore) {
    const sources = { ...extracted, layers, fetchManifest, name: imageName(image) };
    return placeInStore(sources, plan, origin, context);
  }
  if (!plan.layout) return placeImage(extracted, plan, origin, context.store, imageName(image));
  const sources = { image: extracted.image, platform: image.platform, layers, fetchManifest };
  return placeLayout(sources, plan.at, plan.layout, origin, context);
}

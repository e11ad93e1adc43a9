import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { BaseNode } from '../plan/image-node.js';

/** An image that a Dockerfile names, with its layers. */
export interface BuiltOn {
  readonly base: BaseNode;
  readonly image: OciImage;
  readonly layers: ImageLayers;
}

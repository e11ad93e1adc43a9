import type { Descriptor } from '@nx-linuxkit/oci';
import type { Tree } from '@nx-linuxkit/tree';
import type { OciImage } from '../layers/oci-image.js';

/** What an image is made of. Each part is fetched or made when it is first asked for. */
export interface ImageParts {
  /** The image's name in errors. */
  readonly id: string;
  /** Manifest and config, parsed. */
  document(): Promise<OciImage>;
  /** The manifest as received. */
  manifest(): Promise<Buffer>;
  /** The config or a layer, as it is in the registry, verified while it is read. */
  blob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>>;
  /** The flattened files. */
  tree(): Promise<Tree>;
}

import { parseImageConfig, parseManifest, type ImageConfig, type Manifest } from '@nx-linuxkit/oci';
import type { Layer } from './layers/layers.js';

/** An image's documents, verified against its digest. */
export interface ImageFacts {
  readonly manifestDigest: string;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

export function readImageFacts(
  manifestDigest: string,
  manifestBytes: Buffer,
  configBytes: Buffer,
): ImageFacts {
  const manifest = parseManifest(manifestBytes);
  const config = parseImageConfig(configBytes);
  const layers = manifest.layers.map((blob, i) => ({ blob, diffID: config.diffIDs[i] }));
  return { manifestDigest, manifest, config, layers };
}

import { parseImageConfig, parseManifest, type ImageConfig, type Manifest } from '@nx-linuxkit/oci';
import type { Layer } from './layer.js';

/** An image's manifest and config, verified against its digest, and its layers in order. */
export interface OciImage {
  /** Digest of the manifest. */
  readonly digest: string;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/** Parses the documents of an image. `digest` must be the one that the manifest was verified against. */
export function parseOciImage(digest: string, manifestBytes: Buffer, configBytes: Buffer): OciImage {
  const manifest = parseManifest(manifestBytes);
  const config = parseImageConfig(configBytes);
  const layers = manifest.layers.map((blob, i) => ({ blob, diffID: config.diffIDs[i] }));
  return { digest, manifest, config, layers };
}

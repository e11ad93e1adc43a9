import { parseImageConfig, parseManifest, type ImageConfig, type Manifest } from '@nx-linuxkit/oci';
import { StageError } from '../error.js';
import type { Layer } from './layer.js';

/** An image's manifest and config, verified against its digest, and its layers in order. */
export interface OciImage {
  /** Digest of the manifest. */
  readonly digest: string;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

/**
 * Parses the documents of an image. `digest` must be the one that the manifest was verified against, `name` names the
 * image in errors. Throws OciError for documents of another shape, StageError `bad-image` for documents that do not fit.
 */
export function parseOciImage(
  digest: string,
  manifestBytes: Buffer,
  configBytes: Buffer,
  name: string,
): OciImage {
  const manifest = parseManifest(manifestBytes, undefined, `the manifest of ${name}`);
  const config = parseImageConfig(configBytes, `the config of ${name}`);
  if (manifest.layers.length !== config.diffIDs.length) {
    throw new StageError(
      'bad-image',
      `image ${name} has ${manifest.layers.length} layers, but its config names ${config.diffIDs.length}`,
      { hint: 'Push the image again: its config and its manifest do not fit.' },
    );
  }
  const layers = manifest.layers.map((blob, i) => ({ blob, diffID: config.diffIDs[i] }));
  return { digest, manifest, config, layers };
}

import { digestOf, parseManifest } from '@nx-linuxkit/oci';
import { CacheError } from '../error.js';
import type { Blob } from './place.js';

/**
 * The config of every manifest here, which each place has:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor
 */
export const EMPTY_BLOB = Buffer.from('{}');
/** Its descriptor. */
export const EMPTY = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(EMPTY_BLOB),
  size: EMPTY_BLOB.length,
};
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A blob with its kind. */
export interface Layer extends Blob {
  readonly mediaType: string;
}

/** A manifest as this package writes it: an artifact without a config. */
export interface Artifact {
  readonly artifactType: string;
  readonly layers: readonly Layer[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** Writes a manifest; registries want at least one layer, so that an empty blob is one where there is no other. */
export function writeArtifact({ artifactType, layers, annotations }: Artifact): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: EMPTY,
      layers:
        layers.length > 0
          ? layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }))
          : [EMPTY],
      annotations,
    }),
  );
}

/** Reads a manifest that anybody may have written. Throws `damaged-entry` for one of another type, and what oci throws. */
export function readArtifact(bytes: Buffer, artifactType: string): Artifact {
  const { layers } = parseManifest(bytes, undefined, 'the manifest of an entry');
  const { artifactType: type, annotations = {} } = JSON.parse(bytes.toString('utf8'));
  if (type !== artifactType) {
    throw new CacheError(
      'damaged-entry',
      `expected a manifest of ${artifactType}, got ${JSON.stringify(type)}`,
    );
  }
  const texts = Object.entries(annotations as object).filter(([, value]) => typeof value === 'string');
  return {
    artifactType,
    layers: layers
      .filter(({ digest }) => digest !== EMPTY.digest)
      .map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    annotations: Object.fromEntries(texts),
  };
}

/** The blobs that a manifest needs. */
export function blobsOf(manifest: Buffer): readonly Blob[] {
  const { config, layers } = parseManifest(manifest, undefined, 'the manifest of an entry');
  return [config, ...layers].map(({ digest, size }) => ({ digest, size }));
}

import type { AttestationSource, ImageSource, Store } from '@nx-linuxkit/oci';
import { readDocument, writeDocument } from '../layers/blob-document.js';
import type { ImageLayers } from '../layers/layers.js';

/** Where the attestations of an image are read from. */
export type StoredAttestations = AttestationSource;

/**
 * Reads attestations out of the store. What the store lacks is fetched by digest from where the image lies, and is in the
 * store then, so that a later build needs no network.
 */
export function storedAttestations(
  store: Store,
  source: () => Promise<ImageSource>,
  layers: Pick<ImageLayers, 'blob'>,
): StoredAttestations {
  return {
    async manifest(digest) {
      const stored = await readDocument(store, digest);
      if (stored) return stored;
      const bytes = await (await source()).manifest(digest);
      await writeDocument(store, digest, bytes);
      return bytes;
    },
    blob: (descriptor) => layers.blob(descriptor),
  };
}

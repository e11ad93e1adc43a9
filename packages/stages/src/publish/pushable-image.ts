import { parseReference, type Descriptor } from '@nx-linuxkit/oci';
import type { PushableImage } from '@nx-linuxkit/oci/registry';
import type { OciImage } from '../layers/oci-image.js';

/** What is read of an image to push it. */
export interface ImageToPush {
  readonly image: Pick<OciImage, 'manifest'>;
  readonly manifest: Buffer;
  /** Opens the config or a layer. */
  readonly blob: (descriptor: Descriptor) => Promise<AsyncIterable<Uint8Array>>;
  /** The images that it is built on. */
  readonly bases: readonly PublishedBase[];
}

/** An image that another one is built on, and where a registry may have it. */
export interface PublishedBase {
  /** Its name in a registry; any other reference gives no place. */
  readonly reference: string;
  readonly layers: readonly Descriptor[];
}

/** The manifest, config and layers of an image, for a push. A registry that has a base image takes its layers from there. */
export function pushableImage(
  { image, manifest, blob, bases }: ImageToPush,
  registry: string,
): PushableImage {
  const { mediaType, layers, config } = image.manifest;
  const places = placesOf(bases, registry);
  const blobs = [...layers, config].map((descriptor) => ({
    descriptor,
    bytes: () => opened(() => blob(descriptor)),
    mountFrom: places.get(descriptor.digest),
  }));
  return { mediaType, manifest, blobs };
}

/** The repository of a registry that may have a layer, by the layer's digest. */
function placesOf(bases: readonly PublishedBase[], registry: string): ReadonlyMap<string, string> {
  return new Map(
    bases.flatMap(({ reference, layers }) => {
      // A package that is named by its folder has no place in a registry.
      if (reference.startsWith('@')) return [];
      const parsed = parseReference(reference);
      const isThere = parsed.transport === 'registry' && parsed.registry === registry;
      return isThere ? layers.map(({ digest }): [string, string] => [digest, parsed.repository]) : [];
    }),
  );
}

/** Asks for the bytes when they are read: most blobs are in the registry already. */
async function* opened(bytes: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await bytes();
}

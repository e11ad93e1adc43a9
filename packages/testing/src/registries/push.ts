import { parseRegistryReference, type Digest } from '@nx-linuxkit/oci';
import { pushImage } from '@nx-linuxkit/oci/registry';
import { blobsOf, manifestsOf, type TestImage, type TestIndex } from '../images/image.js';
import type { TestRegistry } from './debian.js';

/**
 * Pushes an image, or an index with all its images, to a running registry. `name` is `repository:tag`. Returns the
 * digest of the manifest or index.
 */
export async function pushTo(
  registry: Pick<TestRegistry, 'host'>,
  image: TestImage | TestIndex,
  name: string,
  options: Parameters<typeof pushImage>[2] = {},
): Promise<Digest> {
  const reference = parseRegistryReference(`${registry.host}/${name}`);
  const blobs = blobsOf(image).map(({ descriptor, bytes }) => ({ descriptor, bytes: () => oneChunk(bytes) }));
  const manifests = manifestsOf(image);
  for (const [i, { descriptor, bytes }] of manifests.entries()) {
    const { registry: host, repository, text, transport } = reference;
    const target =
      i === manifests.length - 1
        ? reference
        : { transport, text, registry: host, repository, digest: descriptor.digest };
    await pushImage(
      target,
      { mediaType: descriptor.mediaType, manifest: bytes, blobs: i === 0 ? blobs : [] },
      options,
    );
  }
  return manifests[manifests.length - 1].descriptor.digest;
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

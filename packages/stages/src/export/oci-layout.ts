import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { archive, blobContent, jsonContent } from './archive.js';
import type { ImageParts } from './image-parts.js';

/**
 * Yields the layout of one image as a tar, which skopeo, podman and `linuxkit cache import` read.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export async function* ociLayout(parts: ImageParts, name: string | undefined): AsyncGenerator<Uint8Array> {
  const { digest, manifest } = await parts.document();
  const bytes = await parts.manifest();
  const files = new Map<string, Content>([
    ['oci-layout', jsonContent({ imageLayoutVersion: '1.0.0' })],
    ['index.json', jsonContent(indexOf({ mediaType: manifest.mediaType, digest, size: bytes.length }, name))],
    [placeOf(digest), bytesContent(bytes)],
  ]);
  for (const blob of [manifest.config, ...manifest.layers]) {
    files.set(placeOf(blob.digest), blobContent(parts, blob));
  }
  yield* archive(files);
}

function placeOf(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Both names: containerd reads the first, most others the second. */
function indexOf(descriptor: object, name: string | undefined): object {
  const names = name && { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...descriptor, ...(names ? { annotations: names } : {}) }],
  };
}

import type { Content } from '@nx-linuxkit/tree';
import { archive, blobContent, jsonContent } from './archive.js';
import type { ImageParts } from './image-parts.js';

/**
 * Yields what `docker load` and `podman load` read. Layers stay compressed as they are.
 * https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
 */
export async function* dockerArchive(
  parts: ImageParts,
  name: string | undefined,
): AsyncGenerator<Uint8Array> {
  const { manifest } = await parts.document();
  const config = `${hexOf(manifest.config.digest)}.json`;
  const layers = manifest.layers.map((layer) => `${hexOf(layer.digest)}.tar`);
  const files = new Map<string, Content>([
    ['manifest.json', jsonContent([{ Config: config, RepoTags: name ? [name] : null, Layers: layers }])],
    [config, blobContent(parts, manifest.config)],
  ]);
  manifest.layers.forEach((layer, i) => files.set(layers[i], blobContent(parts, layer)));
  yield* archive(files);
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

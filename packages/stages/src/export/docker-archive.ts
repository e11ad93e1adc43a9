import type { Content } from '@nx-linuxkit/tree';
import { archive, blobContent, jsonContent } from './archive.js';
import type { ImageParts } from './image-parts.js';

/** An image in an archive. */
export interface ArchivedImage {
  readonly parts: Pick<ImageParts, 'document' | 'blob'>;
  /** Its name with a tag; absent for an image without a name. */
  readonly name?: string;
}

/**
 * Yields what `docker load` and `podman load` read. Layers stay compressed as they are, and come once where images share
 * them.
 */
export async function* dockerArchive(images: readonly ArchivedImage[]): AsyncGenerator<Uint8Array> {
  const files = new Map<string, Content>();
  const listed: object[] = [];
  for (const { parts, name } of images) {
    const { manifest } = await parts.document();
    const config = `${hexOf(manifest.config.digest)}.json`;
    const layers = manifest.layers.map((layer) => `${hexOf(layer.digest)}.tar`);
    listed.push({ Config: config, RepoTags: name ? [name] : null, Layers: layers });
    files.set(config, blobContent(parts, manifest.config));
    manifest.layers.forEach((layer, i) => files.set(layers[i], blobContent(parts, layer)));
  }
  files.set('manifest.json', jsonContent(listed));
  yield* archive(files);
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

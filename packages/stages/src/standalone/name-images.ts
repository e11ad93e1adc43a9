import {
  ImageNames,
  digestOf,
  formatReference,
  parseDocument,
  parsePlatform,
  parseRegistryReference,
  type Descriptor,
  type Digest,
  type Store,
} from '@nx-linuxkit/oci';
import type { Environment, Log } from '../environment.js';
import { readDocument, writeDocument } from '../layers/blob-document.js';
import { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/image-node.js';
import { formatIndex, othersOf } from '../publish/image-index.js';

/**
 * Gives made images a name in the store, so that systems and other packages find them by it. The images that the store has
 * under that name for other platforms keep it, also those that another process names at the same time. Gives the digest of the index.
 */
export async function nameImages(
  environment: Environment,
  reference: string,
  nodes: readonly ImageNode[],
  log: Log,
): Promise<Digest> {
  const { store } = environment;
  const pipeline = new Pipeline(environment);
  const made: Descriptor[] = [];
  try {
    for (const node of nodes) made.push(await storeImage(store, pipeline, node, log));
  } finally {
    await pipeline.close();
  }
  const name = formatReference(parseRegistryReference(reference));
  return new ImageNames(store).update(name, async (before) => {
    const listed = await listedBefore(store, before?.digest);
    const index = formatIndex([...made, ...othersOf(made, listed)]).manifest;
    const digest = digestOf(index);
    await writeDocument(store, digest, index);
    return digest;
  });
}

/** Puts an image into the store, its blobs before its manifest. */
async function storeImage(store: Store, pipeline: Pipeline, node: ImageNode, log: Log): Promise<Descriptor> {
  const parts = pipeline.image(node, log);
  const { manifest } = await parts.document();
  for (const blob of [...manifest.layers, manifest.config]) {
    if (!(await store.has(blob.digest, blob.size))) await store.write(blob, streamed(parts.blob(blob)));
  }
  const bytes = await parts.manifest();
  const digest = digestOf(bytes);
  await writeDocument(store, digest, bytes);
  const { os, architecture, variant } = parsePlatform(node.platform);
  const platform = { architecture, os, ...(variant && { variant }) };
  return { mediaType: manifest.mediaType, digest, size: bytes.length, platform };
}

async function listedBefore(store: Store, digest: Digest | undefined): Promise<readonly Descriptor[]> {
  const bytes = digest && (await readDocument(store, digest));
  if (!digest || !bytes) return [];
  const document = parseDocument(bytes, undefined, digest);
  if (document.kind !== 'index') return [];
  const isStored = await Promise.all(document.index.manifests.map((listed) => store.has(listed.digest)));
  return document.index.manifests.filter((_, i) => isStored[i]);
}

async function* streamed(bytes: Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await bytes;
}

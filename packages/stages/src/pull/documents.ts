import { isDigest, parseManifest, parsePlatform, type ImageSource, type Store } from '@nx-linuxkit/oci';
import { StageError } from '../error.js';
import { readDocument, writeDocument } from '../layers/blob-document.js';
import type { PulledImage } from '../plan/image-node.js';

/** An image's manifest and config, byte for byte as received. */
export interface ImageDocuments {
  readonly manifest: Buffer;
  readonly config: Buffer;
}

/**
 * Takes the documents out of the store, which verifies them, else from the image's source, and then stores them. Throws
 * StageError `changed-during-build` where the source has another image; `repin` begins its hint.
 */
export async function imageDocuments(
  store: Store,
  { digest, from }: PulledImage,
  platform: string,
  source: () => Promise<ImageSource>,
  repin: () => string,
): Promise<ImageDocuments> {
  const stored = await storedDocuments(store, digest);
  if (stored) return stored;
  const resolved = await (await source()).resolve(parsePlatform(platform));
  if (resolved.digest !== digest) {
    throw new StageError(
      'changed-during-build',
      `${from} is ${resolved.digest} now, the lock has ${digest}`,
      {
        hint: `${repin()} to accept what is there now, then build again.`,
      },
    );
  }
  const { manifest, config } = resolved;
  await writeDocument(store, resolved.digest, manifest);
  await writeDocument(store, parseManifest(manifest).config.digest, config);
  return { manifest, config };
}

/** Undefined also when what is stored cannot be used: the source is asked again then, and its errors say more. */
async function storedDocuments(store: Store, digest: string): Promise<ImageDocuments | undefined> {
  if (!isDigest(digest)) return undefined;
  try {
    const manifest = await readDocument(store, digest);
    const config = manifest && (await readDocument(store, parseManifest(manifest).config.digest));
    return manifest && config ? { manifest, config } : undefined;
  } catch {
    return undefined;
  }
}

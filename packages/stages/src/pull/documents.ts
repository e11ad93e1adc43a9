import { isDigest, parseManifest, parsePlatform, type Digest } from '@nx-linuxkit/oci';
import { StageError } from '../error.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode, PulledImage } from '../plan/os-plan.js';

/** An image's manifest and config, bytes as received. */
export interface Documents {
  readonly manifest: Buffer;
  readonly config: Buffer;
}

/** From the store, which verifies what it reads, else from where the image lies; then the store has them. */
export async function imageDocuments(pipeline: Pipeline, image: ImageNode): Promise<Documents> {
  const { digest, from } = image.source as PulledImage;
  const kept = await fromStore(pipeline, digest);
  if (kept) return kept;
  const resolved = await (await pipeline.source(image)).resolve(parsePlatform(image.platform));
  if (resolved.digest !== digest) {
    throw new StageError(
      'changed-during-build',
      `${from} is ${resolved.digest} now, the lock has ${digest}`,
      {
        hint: 'Run `nx lock` with --update to accept what is there now, then build again.',
      },
    );
  }
  const { store } = pipeline.environment;
  const { manifest, config } = resolved;
  await store.write({ digest: resolved.digest, size: manifest.length }, once(manifest));
  await store.write({ digest: parseManifest(manifest).config.digest, size: config.length }, once(config));
  return { manifest, config };
}

async function fromStore(
  { environment: { store } }: Pipeline,
  digest: string,
): Promise<Documents | undefined> {
  if (!isDigest(digest)) return undefined;
  const read = async (wanted: Digest): Promise<Buffer | undefined> => {
    if (!(await store.has(wanted))) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read(wanted)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  // A blob that does not verify is removed by the store: then the image is asked for again.
  try {
    const manifest = await read(digest);
    const config = manifest && (await read(parseManifest(manifest).config.digest));
    return manifest && config ? { manifest, config } : undefined;
  } catch {
    return undefined;
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { digestOf, hexOf, type Digest } from '@nx-linuxkit/oci';
import type { BaseImage } from '../image/base-image.js';

const OCI = 'application/vnd.oci.image';

/**
 * Writes an image as an OCI image layout into a folder, for programs that read no other place. Gives the digest of its
 * manifest.
 */
export async function writeLayoutFolder(image: BaseImage, folder: string): Promise<Digest> {
  const blobs = join(folder, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  const write = async (bytes: Buffer) => {
    const digest = digestOf(bytes);
    await writeFile(join(blobs, hexOf(digest)), bytes);
    return { digest, size: bytes.length };
  };
  for (const { blob } of image.layers) {
    const bytes = Readable.from(await image.blob(blob), { objectMode: false });
    await pipeline(bytes, createWriteStream(join(blobs, hexOf(blob.digest))));
  }
  const config = await write(Buffer.from(JSON.stringify(image.config)));
  const manifest = {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: { mediaType: `${OCI}.config.v1+json`, ...config },
    layers: image.layers.map(({ blob: { mediaType, digest, size } }) => ({ mediaType, digest, size })),
  };
  const written = await write(Buffer.from(JSON.stringify(manifest)));
  const index = {
    schemaVersion: 2,
    manifests: [{ mediaType: `${OCI}.manifest.v1+json`, ...written }],
  };
  await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return written.digest;
}

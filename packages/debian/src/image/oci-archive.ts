import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compress } from '@nx-linuxkit/deflate';
import { move } from '@nx-linuxkit/oci';
import { bytesContent, Tree, writeTar } from '@nx-linuxkit/tree';
import type { Content, Inode } from '@nx-linuxkit/tree';
import { clampTimes, directory, file } from '../contents/inodes.js';
import type { Scratch } from '../contents/scratch.js';
import { imageConfig, type ConfigParts } from './image-config.js';

/** An image in an archive. */
export interface WrittenArchive {
  /** Path of the OCI archive. */
  readonly path: string;
  /** Digest of the manifest. */
  readonly digest: `sha256:${string}`;
  /** Size of the archive in bytes. */
  readonly size: number;
}

/** What decides the bytes of an image. */
export interface ImageParts extends ConfigParts {
  readonly tree: Tree;
}

const OCI = 'application/vnd.oci.image';

/** A blob, with the digest and size by which a manifest names it. */
interface Blob {
  readonly digest: `sha256:${string}`;
  readonly size: number;
  readonly content: Content;
}

/**
 * Writes an image as a tar of an OCI image layout, with one gzip layer, in which entries are sorted and no time is later
 * than LinuxKit's. The file appears complete or not at all.
 */
export async function writeArchive(
  parts: ImageParts,
  output: string,
  scratch: Scratch,
): Promise<WrittenArchive> {
  const { blob: layer, diffID } = await writeLayer(parts.tree, scratch);
  const config = jsonBlob(imageConfig(parts, diffID));
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config: descriptor(`${OCI}.config.v1+json`, config),
    layers: [descriptor(`${OCI}.layer.v1.tar+gzip`, layer)],
  });
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      {
        ...descriptor(`${OCI}.manifest.v1+json`, manifest),
        platform: { architecture: parts.architecture, os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': 'latest' },
      },
    ],
  };
  const layout = layoutTree([layer, config, manifest], JSON.stringify(index));
  // Images with equal bytes may be written to one folder at the same time.
  const temporary = join(dirname(output), `.${process.pid}-${randomUUID()}.tmp`);
  try {
    await pipeline(
      Readable.from(writeTar(layout.entries()), { objectMode: false }),
      createWriteStream(temporary, { flush: true }),
    );
    await move(temporary, output);
  } finally {
    await rm(temporary, { force: true });
  }
  return { path: output, digest: manifest.digest, size: (await stat(output)).size };
}

async function writeLayer(tree: Tree, scratch: Scratch): Promise<{ blob: Blob; diffID: string }> {
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  const tar = tap(writeTar(clampTimes(tree.entries())), plain);
  const content = await scratch.keep(tap(compress(tar), packed));
  const blob = { digest: `sha256:${packed.digest('hex')}` as const, size: content.size, content };
  return { blob, diffID: `sha256:${plain.digest('hex')}` };
}

/** Passes bytes on and hashes them. */
async function* tap(
  bytes: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
  return { digest, size: bytes.length, content: bytesContent(bytes) };
}

function descriptor(mediaType: string, { digest, size }: Blob) {
  return { mediaType, digest, size };
}

function layoutTree(blobs: readonly Blob[], index: string): Tree {
  const tree = new Tree();
  const put = (path: string, content: Content): void => tree.set(path, { ...(file('') as Inode), content });
  tree.set('blobs', directory());
  tree.set('blobs/sha256', directory());
  for (const { digest, content } of blobs) put(`blobs/sha256/${digest.slice('sha256:'.length)}`, content);
  put('index.json', bytesContent(index));
  put('oci-layout', bytesContent('{"imageLayoutVersion":"1.0.0"}'));
  return tree;
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { compress } from '@nx-linuxkit/deflate';
import { digestOf, move, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import { bytesContent, DEFAULT_MTIME, Tree, writeTar, type Content, type Entry } from '@nx-linuxkit/tree';
import type { Scratch } from './scratch.js';

/** A layer that was made: its descriptor in the manifest, and where its bytes are. */
export interface WrittenLayer {
  readonly blob: Descriptor;
  /** Digest of the uncompressed bytes. */
  readonly diffID: Digest;
  readonly content: Content;
}

/** An image that was written. */
export interface WrittenImage {
  /** Digest of the manifest. */
  readonly digest: Digest;
  /** Bytes of the archive. */
  readonly size: number;
}

/** What an archive is made of. */
export interface ImageParts {
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly config: object;
  /** All layers of the image, lowest first. */
  readonly layers: readonly Descriptor[];
  /** The layers whose bytes go into the archive; those of the base image are elsewhere. */
  readonly written: readonly WrittenLayer[];
}

const OCI = 'application/vnd.oci.image';

/** Writes entries, which are sorted, as a layer: a tar, compressed with gzip in blocks of fixed size. */
export async function writeLayer(entries: readonly Entry[], scratch: Scratch): Promise<WrittenLayer> {
  const [plain, packed] = [createHash('sha256'), createHash('sha256')];
  const source = await scratch.keep(tap(compress(tap(writeTar(entries), plain)), packed));
  const digest: Digest = `sha256:${packed.digest('hex')}`;
  return {
    blob: { mediaType: `${OCI}.layer.v1.tar+gzip`, digest, size: source.size },
    diffID: `sha256:${plain.digest('hex')}`,
    content: { source, offset: 0, size: source.size },
  };
}

/**
 * Writes a tar of an OCI image layout with the image's manifest, its config, and the layers that were made. The file
 * appears complete or not at all.
 */
export async function writeImage(
  { platform, config, layers, written }: ImageParts,
  output: string,
): Promise<WrittenImage> {
  const configBytes = Buffer.from(JSON.stringify(config));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: describe(`${OCI}.config.v1+json`, configBytes),
      layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    }),
  );
  const blobs = written.map(({ blob, content }) => [blob.digest, content] as const);
  return writeArchive(
    { platform, manifest, blobs: [...blobs, [digestOf(configBytes), bytesContent(configBytes)]] },
    output,
  );
}

/** An image as it is, for an archive. */
export interface ArchiveParts {
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly manifest: Buffer;
  /** The config and layers that the archive has; other layers are elsewhere. */
  readonly blobs: readonly (readonly [Digest, Content])[];
}

/** Writes such an archive. Its bytes depend on the image and the platform alone. */
export async function writeArchive(
  { platform, manifest, blobs }: ArchiveParts,
  output: string,
): Promise<WrittenImage> {
  const [os, architecture, variant] = platform.split('/');
  const index = {
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      {
        ...describe(`${OCI}.manifest.v1+json`, manifest),
        platform: { architecture, os, ...(variant && { variant }) },
        annotations: { 'org.opencontainers.image.ref.name': 'latest' },
      },
    ],
  };
  const tree = layoutTree([...blobs, [digestOf(manifest), bytesContent(manifest)]], JSON.stringify(index));
  const temporary = `${output}.${process.pid}.tmp`;
  try {
    const tar = Readable.from(writeTar(tree.entries()), { objectMode: false });
    await pipeline(tar, createWriteStream(temporary));
    await move(temporary, output);
  } finally {
    await rm(temporary, { force: true });
  }
  return { digest: digestOf(manifest), size: (await stat(output)).size };
}

/** Passes bytes on and hashes them. */
async function* tap(
  bytes: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

function describe(mediaType: string, bytes: Buffer) {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function layoutTree(blobs: readonly (readonly [Digest, Content])[], index: string): Tree {
  const owned = { uid: 0, gid: 0, mtime: DEFAULT_MTIME };
  const folder = { ...owned, type: 'dir', mode: 0o755 } as const;
  const file = (content: Content) => ({ ...owned, type: 'file', mode: 0o644, content }) as const;
  const tree = Tree.of([
    { path: 'blobs', inode: folder },
    { path: 'blobs/sha256', inode: folder },
    { path: 'index.json', inode: file(bytesContent(index)) },
    { path: 'oci-layout', inode: file(bytesContent('{"imageLayoutVersion":"1.0.0"}')) },
  ]);
  for (const [digest, content] of blobs)
    tree.set(`blobs/sha256/${digest.slice('sha256:'.length)}`, file(content));
  return tree;
}

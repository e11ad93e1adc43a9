import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { digestOf, type Descriptor, type Digest, type Platform } from '@nx-linuxkit/oci';
import { tarOf, type TestEntry } from './entry.js';
import { randomBytes, randomNumbers } from './random.js';

/** How a layer is compressed. */
export type Compression = 'gzip' | 'zstd' | 'none';

/** What a layer holds. */
export interface LayerSpec {
  /** Default: random files. */
  readonly entries?: readonly TestEntry[];
  /** Number of random files, if there are no entries; default: 3. */
  readonly files?: number;
  /** Bytes of each random file; default: 2000. */
  readonly size?: number;
  /** Default: the compression of the image. */
  readonly compression?: Compression;
}

/** What an image holds. */
export interface ImageOptions {
  /** The layers, lowest first, or the number of random ones; default: 2. */
  readonly layers?: number | readonly LayerSpec[];
  /** Default: gzip. */
  readonly compression?: Compression;
  /** Default: linux/amd64. */
  readonly platform?: Platform;
  /** The object `config` in the image's config, with Cmd, Env and Labels. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Whose media types are used: OCI's or those of Docker's schema 2; default: OCI's. */
  readonly format?: 'oci' | 'docker';
}

/** Bytes, and the descriptor that names them. */
export interface TestBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** A layer; `bytes` are compressed. */
export interface TestLayer extends TestBlob {
  /** The uncompressed tar. */
  readonly plain: Buffer;
  /** The digest of `plain`. */
  readonly diffID: Digest;
}

/** An image for one platform. */
export interface TestImage {
  readonly platform: Platform;
  readonly manifest: TestBlob;
  readonly config: TestBlob;
  /** Lowest first. */
  readonly layers: readonly TestLayer[];
}

/** An index with the images that it names. */
export interface TestIndex {
  readonly index: TestBlob;
  readonly images: readonly TestImage[];
  /** What the index names beside images. */
  readonly further?: { readonly manifests: readonly TestBlob[]; readonly blobs: readonly TestBlob[] };
}

const TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: { none: 'tar', gzip: 'tar+gzip', zstd: 'tar+zstd' },
    layerPrefix: 'application/vnd.oci.image.layer.v1.',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: { none: 'tar', gzip: 'tar.gzip', zstd: 'tar.zstd' },
    layerPrefix: 'application/vnd.docker.image.rootfs.diff.',
  },
} as const;

/** Makes an image, which is the same for the same seed, options and version of Node. */
export async function randomImage(seed: number, options: ImageOptions = {}): Promise<TestImage> {
  const { layers = 2, platform = { os: 'linux', architecture: 'amd64' }, format = 'oci' } = options;
  const specs = typeof layers === 'number' ? Array.from({ length: layers }, (): LayerSpec => ({})) : layers;
  const made: TestLayer[] = [];
  for (const [i, spec] of specs.entries()) {
    made.push(await layerOf(seed * 1000 + i, { compression: options.compression, ...spec }, format));
  }
  const config = jsonBlob(TYPES[format].config, {
    architecture: platform.architecture,
    ...(platform.variant ? { variant: platform.variant } : {}),
    os: platform.os,
    config: options.config ?? { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: made.map(({ diffID }) => diffID) },
  });
  const manifest = jsonBlob(TYPES[format].manifest, {
    schemaVersion: 2,
    mediaType: TYPES[format].manifest,
    config: config.descriptor,
    layers: made.map(({ descriptor }) => descriptor),
  });
  return { platform, manifest, config, layers: made };
}

/** Makes an index of images for several platforms. */
export function indexOf(images: readonly TestImage[], format: 'oci' | 'docker' = 'oci'): TestIndex {
  const manifests = images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform }));
  const index = jsonBlob(TYPES[format].index, {
    schemaVersion: 2,
    mediaType: TYPES[format].index,
    manifests,
  });
  return { index, images };
}

/** Makes a blob of a JSON document. */
export function jsonBlob(mediaType: string, value: unknown): TestBlob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** Lists the configs and layers of an image, or of all images of an index. */
export function blobsOf(image: TestImage | TestIndex): readonly TestBlob[] {
  if (!('index' in image)) return [image.config, ...image.layers];
  return [...image.images.flatMap(blobsOf), ...(image.further?.blobs ?? [])];
}

/** Lists the manifests of an image or an index in the order in which they are pushed: the last one names the rest. */
export function manifestsOf(image: TestImage | TestIndex): readonly TestBlob[] {
  if (!('index' in image)) return [image.manifest];
  const { images, further, index } = image;
  return [...images.map(({ manifest }) => manifest), ...(further?.manifests ?? []), index];
}

async function layerOf(seed: number, spec: LayerSpec, format: 'oci' | 'docker'): Promise<TestLayer> {
  const { compression = 'gzip', entries = randomEntries(seed, spec) } = spec;
  const plain = await tarOf(entries);
  const bytes = compressed(plain, compression);
  const mediaType = TYPES[format].layerPrefix + TYPES[format].layer[compression];
  return {
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    bytes,
    plain,
    diffID: digestOf(plain),
  };
}

function randomEntries(seed: number, { files = 3, size = 2000 }: LayerSpec): readonly TestEntry[] {
  const next = randomNumbers(seed);
  return Array.from({ length: files }, (_, i) => ({
    name: `random-${seed}/${i}`,
    body: randomBytes(next, size),
  }));
}

function compressed(plain: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return plain;
  if (compression === 'gzip') return gzipSync(plain);
  // Node 20 cannot compress with zstd.
  const { stdout, status, error } = spawnSync('zstd', ['-q', '-c'], { input: plain, maxBuffer: 1 << 30 });
  if (status !== 0) throw error ?? new Error('zstd failed');
  return stdout;
}

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { cloudKernelPackage, downloadPackages, moveInto } from './debian-packages.js';
import { type ImageDefinition, IMAGES, type LayerDefinition } from './definitions.js';
import { kernelFiles } from './kernel.js';
import { type Layer, writeLayer } from './layer.js';
import { ASSETS, cacheFolder } from './paths.js';

/** A part of the cache's key, to be raised when a change of this code changes the images. */
const VERSION = 1;
const CREATED = new Date(DEFAULT_MTIME * 1000).toISOString().replace('.000Z', 'Z');

/** One of the test images. */
export interface DebianImage {
  readonly name: string;
  /** The digest of the manifest. */
  readonly digest: string;
  /** Bytes of all layers, compressed. */
  readonly size: number;
  /** Bytes of all layers, uncompressed. */
  readonly unpacked: number;
}

/** All test images. */
export interface DebianImages {
  /** Path of an OCI image layout with all images; the annotation `org.opencontainers.image.ref.name` has the name. */
  readonly layout: string;
  readonly images: readonly DebianImage[];
}

/**
 * Makes the test images, or finds them in the cache. The first run downloads about 60 MB of packages. An image stays
 * as it was made, even if Debian has newer packages, until its definition changes.
 */
export async function debianImages(cache = cacheFolder()): Promise<DebianImages> {
  const layout = join(cache, `images-${await cacheKey()}`);
  if (!existsSync(layout)) await makeLayout(layout, cache);
  return { layout, images: JSON.parse(await readFile(join(layout, 'images.json'), 'utf8')) };
}

async function cacheKey(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([VERSION, IMAGES]));
  const assets = IMAGES.flatMap(({ layers }) =>
    layers.flatMap(({ files = [] }) => files.map(({ asset }) => asset)),
  );
  for (const asset of new Set(assets)) {
    if (asset !== undefined) hash.update(await readFile(join(ASSETS, asset)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** Makes the layout in a folder of its own and renames it, so that an interrupted run leaves no incomplete layout. */
async function makeLayout(target: string, cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'partial-'));
  try {
    const maker = new LayoutMaker(folder, await fetchPackages(join(cache, 'debs')));
    await maker.write(IMAGES);
    await moveInto(folder, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchPackages(folder: string): Promise<Map<string, string>> {
  const kernel = await cloudKernelPackage();
  const named = IMAGES.flatMap(({ layers }) => layers.flatMap(({ packages = [] }) => packages));
  const debs = await downloadPackages([...new Set([...named, kernel])].sort(), folder);
  return debs.set('kernel', debs.get(kernel) as string);
}

/** Writes images into an OCI image layout. */
class LayoutMaker {
  private readonly blobs: string;
  /** Layers by the JSON of their definition, as images share them. */
  private readonly layers = new Map<string, Layer>();

  constructor(
    private readonly folder: string,
    private readonly debs: ReadonlyMap<string, string>,
  ) {
    this.blobs = join(folder, 'blobs', 'sha256');
  }

  async write(definitions: readonly ImageDefinition[]): Promise<void> {
    await mkdir(this.blobs, { recursive: true });
    const images: DebianImage[] = [];
    const manifests: object[] = [];
    for (const definition of definitions) {
      const { image, descriptor } = await this.image(definition);
      images.push(image);
      manifests.push(descriptor);
    }
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    await writeFile(join(this.folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(this.folder, 'index.json'), JSON.stringify(index));
    await writeFile(join(this.folder, 'images.json'), JSON.stringify(images, null, 2));
  }

  private async image(definition: ImageDefinition): Promise<{ image: DebianImage; descriptor: object }> {
    const layers: Layer[] = [];
    for (const layer of definition.layers) layers.push(await this.layer(layer));
    const config = await this.blob(imageConfig(definition, layers));
    const manifest = await this.blob({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: layers.map(({ digest, size }) => ({
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest,
        size,
      })),
    });
    const sum = (key: 'size' | 'unpacked') => layers.reduce((total, layer) => total + layer[key], 0);
    return {
      image: { name: definition.name, digest: manifest.digest, size: sum('size'), unpacked: sum('unpacked') },
      descriptor: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        ...manifest,
        platform: { architecture: 'amd64', os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': definition.name },
      },
    };
  }

  private async layer(definition: LayerDefinition): Promise<Layer> {
    const key = JSON.stringify(definition);
    const known = this.layers.get(key);
    if (known) return known;
    const temporary = join(this.folder, 'layer');
    const debs = (definition.packages ?? []).map((name) => this.deb(name));
    const kernel = definition.kernel
      ? await kernelFiles(this.deb('kernel'), this.deb('busybox-static'))
      : undefined;
    const layer = await writeLayer(temporary, debs, definition.files ?? [], async (add) => {
      if (!kernel) return;
      await add('kernel', kernel.kernel);
      await add('kernel.tar', kernel.tar);
    });
    await rename(temporary, join(this.blobs, layer.digest.replace('sha256:', '')));
    this.layers.set(key, layer);
    return layer;
  }

  private deb(name: string): string {
    const path = this.debs.get(name);
    if (path === undefined) throw new Error(`no package ${name} was downloaded`);
    return path;
  }

  private async blob(content: object): Promise<{ digest: string; size: number }> {
    const bytes = Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(this.blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  }
}

function imageConfig({ command, env, label }: ImageDefinition, layers: readonly Layer[]): object {
  return {
    architecture: 'amd64',
    os: 'linux',
    created: CREATED,
    config: {
      ...(command && { Cmd: command }),
      Env: env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ...(label && { Labels: { 'org.mobyproject.config': JSON.stringify(label) } }),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffID }) => diffID) },
  };
}

import { createHash } from 'node:crypto';
import { compressionOf } from '../decompress.js';
import { OciError } from '../error.js';
import { digestOf, quote, type Digest } from '../digest.js';
import type { Descriptor } from '../descriptor.js';
import { parseImageConfig } from '../image-config.js';
import { ARCHIVE_JSON_LIMIT, asArray, asObject, asString, strings } from '../json.js';
import { Lazy } from '../lazy.js';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../media-type.js';
import type { Platform } from '../platform.js';
import { formatReference, parseRegistryReference } from '../reference.js';
import { collect, VerifiedBytes } from '../verify.js';
import { readJson, type Files } from './files.js';
import type { ImageSource, Resolved } from './image-source.js';
import { resolveDocument } from './resolve.js';

/** An image as `manifest.json` lists it. */
interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/** An image with an OCI manifest. */
interface Converted {
  readonly manifest: Buffer;
  /** Names of the blobs in the archive. */
  readonly names: ReadonlyMap<Digest, string>;
}

/**
 * An image that `docker save` wrote: a config and layers, but no manifest. The manifest is generated from these
 * alone, so that an image has the same digest in every archive.
 */
export class DockerArchiveSource implements ImageSource {
  private readonly files: Lazy<Files>;
  private readonly image = new Lazy(() => this.convert());

  constructor(
    private readonly reference: { readonly text: string; readonly name?: string },
    open: () => Promise<Files>,
  ) {
    this.files = new Lazy(open);
  }

  async identify(): Promise<Digest> {
    return digestOf((await this.image.get()).manifest);
  }

  async resolve(platform: Platform): Promise<Resolved> {
    const { manifest } = await this.image.get();
    const root = { bytes: manifest, digest: digestOf(manifest), contentType: OCI_MANIFEST };
    return resolveDocument(this, root, platform, this.reference.text);
  }

  async manifest(digest: Digest): Promise<Buffer> {
    const { manifest } = await this.image.get();
    if (digestOf(manifest) === digest) return manifest;
    throw new OciError(
      'digest-mismatch',
      `${this.reference.text} is now ${digestOf(manifest)}, expected ${digest}`,
      { hint: 'Lock the image again: the archive has changed.' },
    );
  }

  blob(descriptor: Descriptor, from = 0): VerifiedBytes {
    return VerifiedBytes.from(this.stream(descriptor.digest, from), descriptor, from);
  }

  async close(): Promise<void> {
    await (await this.files.ifMade())?.close();
  }

  private async *stream(digest: Digest, from: number): AsyncGenerator<Uint8Array, void> {
    const name = (await this.image.get()).names.get(digest);
    if (name === undefined)
      throw new OciError('not-found', `${this.reference.text} lacks the blob ${digest}`);
    yield* (await this.files.get()).read(name, from);
  }

  private async convert(): Promise<Converted> {
    const files = await this.files.get();
    const saved = this.choose(await savedImages(files, this.reference.text));
    const config = await collect(files.read(saved.config), ARCHIVE_JSON_LIMIT, saved.config);
    const { diffIDs } = parseImageConfig(config, `the config of ${this.reference.text}`);
    if (diffIDs.length !== saved.layers.length) {
      throw new OciError(
        'invalid-archive',
        `${this.reference.text} has ${saved.layers.length} layers, but its config names ${diffIDs.length}`,
      );
    }
    const names = new Map<Digest, string>([[digestOf(config), saved.config]]);
    const layers: Descriptor[] = [];
    for (const [i, name] of saved.layers.entries()) {
      const layer = await describeLayer(files, name, diffIDs[i]);
      names.set(layer.digest, name);
      layers.push(layer);
    }
    const document = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: digestOf(config), size: config.length },
      layers,
    };
    return { manifest: Buffer.from(JSON.stringify(document)), names };
  }

  private choose(images: readonly SavedImage[]): SavedImage {
    const { text, name } = this.reference;
    const wanted = name && canonicalName(name);
    const fitting = wanted ? images.filter(({ tags }) => tags.some((tag) => isNamed(tag, wanted))) : images;
    if (fitting.length === 1) return fitting[0];
    const known = images.flatMap(({ tags }) => tags).join(', ') || 'no names';
    throw new OciError('not-found', `${text}: ${fitting.length} images fit, expected one; it has: ${known}`, {
      hint: 'Put the name behind the path, as in docker-archive:path:name:tag.',
    });
  }
}

async function savedImages(files: Files, what: string): Promise<readonly SavedImage[]> {
  const list = asArray(await readJson(files, 'manifest.json', what), 'manifest.json');
  return list.map((item, i) => {
    const image = asObject(item, `manifest.json[${i}]`);
    return {
      config: asString(image.Config, `manifest.json[${i}].Config`),
      tags: strings(image.RepoTags, `manifest.json[${i}].RepoTags`),
      layers: strings(image.Layers, `manifest.json[${i}].Layers`),
    };
  });
}

/**
 * Describes a layer. An uncompressed one has its diff ID as digest. Docker's containerd store saves layers
 * compressed, so that their digest has to be computed.
 */
async function describeLayer(files: Files, name: string, diffID: Digest): Promise<Descriptor> {
  const size = await files.size(name);
  if (size === undefined) throw new OciError('invalid-archive', `the archive lacks the layer ${quote(name)}`);
  const compression = compressionOf(await startOf(files.read(name)));
  if (compression === 'none') return { mediaType: OCI_LAYER, digest: diffID, size };
  const hash = createHash('sha256');
  for await (const chunk of files.read(name)) hash.update(chunk);
  return { mediaType: `${OCI_LAYER}+${compression}`, digest: `sha256:${hash.digest('hex')}`, size };
}

async function startOf(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  for await (const chunk of bytes) return chunk;
  return new Uint8Array(0);
}

/** Compares a tag of an archive with a name. Tags are any text there, such as `<none>:<none>`. */
function isNamed(tag: string, wanted: string): boolean {
  try {
    return canonicalName(tag) === wanted;
  } catch {
    return false;
  }
}

function canonicalName(name: string): string {
  return formatReference(parseRegistryReference(name));
}

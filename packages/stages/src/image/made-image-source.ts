import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OciError,
  VerifiedBytes,
  digestOf,
  type Descriptor,
  type Digest,
  type ImageSource,
  type Platform,
  type Resolved,
} from '@nx-linuxkit/oci';
import type { OciImage } from '../layers/oci-image.js';
import { readSeal } from '../seal.js';
import type { BuiltOn } from './built-on.js';
import { openArchive } from './built-archive.js';
import { CONFIG, IMAGE_ARCHIVE, MANIFEST } from './made-image.js';

/** Where the bytes of an image are that a package has become. */
export interface MadePlaces {
  readonly image: OciImage;
  /** Absolute path of the output of the stage that made it. */
  readonly folder: string;
  readonly bases: readonly (BuiltOn & { source(): Promise<ImageSource> })[];
  /** Makes the image again. Throws where that gives another image. */
  remake(): Promise<ImageSource>;
}

/**
 * The image of a package, for whatever the store lacks: its documents are in the output of the stage `image`, layers of the
 * images below are where those are, and its own layers are in the output's archive, or are made again.
 */
export class MadeImageSource implements ImageSource {
  private own: Promise<ImageSource> | undefined;

  constructor(private readonly places: MadePlaces) {}

  async identify(): Promise<Digest> {
    return this.places.image.digest as Digest;
  }

  async resolve(_platform: Platform): Promise<Resolved> {
    const { digest, manifest: parsed } = this.places.image;
    const [manifest, config] = await Promise.all([
      this.manifest(digest as Digest),
      this.document(CONFIG, parsed.config.digest),
    ]);
    const { mediaType } = parsed;
    return {
      ...{ digest: digest as Digest, size: manifest.length, mediaType, manifest, config },
      imageID: parsed.config.digest,
    };
  }

  manifest(digest: Digest): Promise<Buffer> {
    return this.document(MANIFEST, digest);
  }

  blob(descriptor: Descriptor, from = 0): VerifiedBytes {
    return VerifiedBytes.from(this.find(descriptor, from), descriptor, from);
  }

  async close(): Promise<void> {
    await (await this.own?.catch(() => undefined))?.close();
  }

  private async *find(descriptor: Descriptor, from: number): AsyncGenerator<Uint8Array, void> {
    const { image, bases } = this.places;
    if (descriptor.digest === image.manifest.config.digest) {
      yield (await this.document(CONFIG, descriptor.digest)).subarray(from);
      return;
    }
    const below = bases.find(({ image: { layers } }) =>
      layers.some(({ blob }) => blob.digest === descriptor.digest),
    );
    const source = below ? await below.source() : await (this.own ??= this.openOwn());
    yield* source.blob(descriptor, from);
  }

  /** The source of the layers that no image below has. */
  private async openOwn(): Promise<ImageSource> {
    const { folder, remake } = this.places;
    const seal = await readSeal(folder);
    return seal?.files[IMAGE_ARCHIVE] ? openArchive(join(folder, IMAGE_ARCHIVE)) : remake();
  }

  private async document(name: string, digest: Digest): Promise<Buffer> {
    const bytes = await readFile(join(this.places.folder, name)).catch(() => undefined);
    if (bytes && digestOf(bytes) === digest) return bytes;
    throw new OciError('not-found', `the output of the package lacks the document ${digest}`, {
      hint: 'Build again: its image is made anew then.',
    });
  }
}

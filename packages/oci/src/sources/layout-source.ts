import { OciError } from '../error.js';
import { digestOf, hexOf, quote, type Digest } from '../digest.js';
import { parseDescriptor, type Descriptor } from '../descriptor.js';
import { asArray, asObject, MANIFEST_LIMIT, optional } from '../json.js';
import { Lazy } from '../lazy.js';
import { OCI_INDEX } from '../media-type.js';
import type { Platform } from '../platform.js';
import type { FileReference } from '../reference.js';
import { collect, VerifiedBytes } from '../verify.js';
import { readJson, type Files } from './files.js';
import type { ImageSource, Resolved } from './image-source.js';
import { resolveDocument, type Root } from './resolve.js';

const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';

/** A manifest that was chosen. */
interface Listed {
  readonly mediaType: string;
  readonly digest: Digest;
  /** As index.json names it, if it does. */
  readonly size?: number;
}

/**
 * An image in an OCI image layout, which is a folder or a tar archive of one:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
 */
export class LayoutSource implements ImageSource {
  private readonly files: Lazy<Files>;

  constructor(
    private readonly reference: FileReference,
    open: () => Promise<Files>,
  ) {
    this.files = new Lazy(open);
  }

  async identify(): Promise<Digest> {
    return (await this.root()).digest;
  }

  async resolve(platform: Platform): Promise<Resolved> {
    return resolveDocument(this, await this.root(), platform, this.reference.text);
  }

  async manifest(digest: Digest): Promise<Buffer> {
    const size = await this.sizeOf(digest);
    return collect(this.bytes({ digest, size }, 0), MANIFEST_LIMIT, `manifest ${digest}`);
  }

  blob(descriptor: Pick<Descriptor, 'digest' | 'size'>, from = 0): VerifiedBytes {
    return this.bytes(descriptor, from);
  }

  async close(): Promise<void> {
    await (await this.files.ifMade())?.close();
  }

  private bytes(expect: Pick<Descriptor, 'digest' | 'size'>, from: number): VerifiedBytes {
    return VerifiedBytes.from(this.stream(expect.digest, from), expect, from);
  }

  private async *stream(digest: Digest, from: number): AsyncGenerator<Uint8Array, void> {
    await this.sizeOf(digest);
    yield* (await this.files.get()).read(nameOf(digest), from);
  }

  private async sizeOf(digest: Digest): Promise<number> {
    const size = await (await this.files.get()).size(nameOf(digest));
    if (size !== undefined) return size;
    throw new OciError('not-found', `${this.reference.text} lacks the blob ${digest}`, {
      hint: 'Copy the whole image again; layouts that share blobs with another folder cannot be read.',
    });
  }

  private async root(): Promise<Root> {
    const chosen = this.choose(await this.index());
    if ('digest' in chosen) {
      const bytes = await this.manifest(chosen.digest);
      this.checkSize(chosen, bytes.length);
      return { bytes, digest: chosen.digest, contentType: chosen.mediaType };
    }
    // Several images without names, each for another platform: an index is made of them.
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: chosen.all }),
    );
    return { bytes, digest: digestOf(bytes), synthetic: true };
  }

  /** Compares a manifest's size with its descriptor; one that the reference names by digest may have none. */
  private checkSize({ digest, size }: Listed, actual: number): void {
    if (size === undefined || size === actual) return;
    throw new OciError(
      'size-mismatch',
      `manifest ${digest} has ${actual} bytes, expected the ${size} that index.json names`,
      { hint: 'Make the layout again.' },
    );
  }

  private async index(): Promise<readonly Descriptor[]> {
    const index = asObject(
      await readJson(await this.files.get(), 'index.json', this.reference.text),
      'index.json',
    );
    return (optional(index.manifests, asArray, 'index.json: manifests') ?? []).map((item, i) =>
      parseDescriptor(item, `index.json[${i}]`),
    );
  }

  private choose(manifests: readonly Descriptor[]): Listed | { readonly all: readonly Descriptor[] } {
    const { digest, name, text } = this.reference;
    if (digest) return manifests.find((one) => one.digest === digest) ?? { mediaType: '', digest };
    const named = name ? manifests.filter((one) => isNamed(one, name)) : manifests;
    if (named.length === 1) return named[0];
    if (named.length > 1 && named.every(({ platform }) => platform)) return { all: named };
    const known = manifests.map((one) => one.annotations?.[REF_NAME] ?? one.digest).join(', ') || 'none';
    throw new OciError(
      'not-found',
      name
        ? `${text} has no image named ${quote(name)}; it has: ${known}`
        : `${text} has ${named.length} images, expected one; it has: ${known}`,
      { hint: 'Put the name behind the path, as in oci:path:name.' },
    );
  }
}

function nameOf(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** Tells whether a descriptor has a name. Tools write the tag or the whole name, into either annotation. */
function isNamed({ annotations = {} }: Descriptor, name: string): boolean {
  return [annotations[REF_NAME], annotations[CONTAINERD_NAME]].some(
    (value) => value !== undefined && (value === name || value.endsWith(`:${name}`)),
  );
}

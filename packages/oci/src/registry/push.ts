import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import type { RegistryReference } from '../reference.js';
import type { SourceOptions } from '../sources/options.js';

export interface PushableBlob {
  readonly descriptor: Pick<Descriptor, 'digest' | 'size'>;
  /** Called once, and again when an attempt failed. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

export interface PushableImage {
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** Config and layers. */
  readonly blobs: readonly PushableBlob[];
}

/** Uploads what the registry lacks, then the manifest under the reference's tag, or its digest. */
export async function pushImage(
  _reference: RegistryReference,
  _image: PushableImage,
  _options: SourceOptions = {},
): Promise<Digest> {
  throw new Error('to come');
}

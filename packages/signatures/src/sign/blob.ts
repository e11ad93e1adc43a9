import { digestOf, type Descriptor } from '@nx-linuxkit/oci';
import type { PushableBlob } from '@nx-linuxkit/oci/registry';

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A small document to be pushed. */
export interface Blob {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export function descriptorOf({ mediaType, bytes }: Blob): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

export function pushable(blob: Blob): PushableBlob {
  return { descriptor: descriptorOf(blob), bytes: () => inOneChunk(blob.bytes) };
}

async function* inOneChunk(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

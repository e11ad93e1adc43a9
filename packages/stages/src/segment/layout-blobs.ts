import { once, type Descriptor } from '@nx-linuxkit/oci';
import type { Content } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { readDocument, writeDocument } from '../layers/blob-document.js';
import type { ImageLayers } from '../layers/layers.js';

/** The blobs of an image for any platform: out of the store, fetched into it where they are missing. */
export class LayoutBlobs {
  private readonly verified = new Map<string, Promise<void>>();

  constructor(
    private readonly layers: ImageLayers,
    private readonly fetchManifest: (digest: Descriptor['digest']) => Promise<Buffer>,
    private readonly context: Pick<Context, 'store' | 'file'>,
  ) {}

  /** The bytes of a manifest or an index. */
  async document(digest: Descriptor['digest']): Promise<Buffer> {
    const { store } = this.context;
    const stored = await readDocument(store, digest);
    if (stored) return stored;
    const bytes = await this.fetchManifest(digest);
    await writeDocument(store, digest, bytes);
    return bytes;
  }

  /** A blob as a file's content: fetched and verified when it is first read, then read at any offset. */
  content(blob: Descriptor): Content {
    const { digest, size } = blob;
    const { store } = this.context;
    const file = this.context.file(store.blobPath(digest), { id: digest, size });
    const ready = () => once(this.verified, digest, () => this.verify(blob));
    const source = {
      id: digest,
      size,
      async *read(start: number, end: number) {
        await ready();
        yield* file.read(start, end);
      },
    };
    return { source, offset: 0, size };
  }

  private async verify(blob: Descriptor): Promise<void> {
    const bytes = await this.layers.blob(blob);
    const chunks = bytes[Symbol.asyncIterator]();
    while (!(await chunks.next()).done);
  }
}

import { OciError, collect, type Descriptor } from '@nx-linuxkit/oci';
import type { Content } from '@nx-linuxkit/tree';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/os-plan.js';

/** The OCI distribution specification has registries take manifests of 4 MiB. */
const DOCUMENT_LIMIT = 4 << 20;

/** The blobs of an image for any platform: from the store, fetched into it where they are missing. */
export class LayoutBlobs {
  private readonly verified = new Map<string, Promise<void>>();

  constructor(
    private readonly pipeline: Pipeline,
    private readonly image: ImageNode,
  ) {}

  /** A manifest or an index. */
  async document(digest: Descriptor['digest']): Promise<Buffer> {
    const { store } = this.pipeline.environment;
    if (await store.has(digest)) {
      const stored = collect(store.read(digest), DOCUMENT_LIMIT, digest).catch((error: unknown) => {
        // A damaged one is removed by reading it, and fetched again.
        if (error instanceof OciError && error.code === 'digest-mismatch') return undefined;
        throw error;
      });
      const bytes = await stored;
      if (bytes) return bytes;
    }
    const bytes = await (await this.pipeline.source(this.image)).manifest(digest);
    await store.write(
      { digest, size: bytes.length },
      (async function* () {
        yield bytes;
      })(),
    );
    return bytes;
  }

  /** Fetched and verified when it is read first, then read at random. */
  content(blob: Descriptor): Content {
    const { digest, size } = blob;
    const file = this.pipeline.file(this.pipeline.environment.store.blobPath(digest), { id: digest, size });
    const ready = () => this.ready(blob);
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

  private ready(blob: Descriptor): Promise<void> {
    const known = this.verified.get(blob.digest);
    if (known) return known;
    const verified = this.verify(blob);
    this.verified.set(blob.digest, verified);
    return verified;
  }

  private async verify(blob: Descriptor): Promise<void> {
    const layer = { blob, diffID: blob.digest };
    const bytes = await this.pipeline.layers.blob(layer, () => this.pipeline.source(this.image));
    const chunks = bytes[Symbol.asyncIterator]();
    while (!(await chunks.next()).done);
  }
}

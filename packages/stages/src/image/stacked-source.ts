import {
  OciError,
  VerifiedBytes,
  type Descriptor,
  type Digest,
  type ImageSource,
  type Resolved,
} from '@nx-linuxkit/oci';
import type { Platform } from '@nx-linuxkit/oci';

/** An image in an archive that lacks the layers of the image that it was built on: these are where that one is. */
export class StackedSource implements ImageSource {
  constructor(
    private readonly archive: ImageSource,
    /** Opens the places of the images below. They are closed by their own users. */
    private readonly below: readonly (() => Promise<ImageSource>)[],
  ) {}

  identify(): Promise<Digest> {
    return this.archive.identify();
  }

  resolve(platform: Platform): Promise<Resolved> {
    return this.archive.resolve(platform);
  }

  manifest(digest: Digest): Promise<Buffer> {
    return this.archive.manifest(digest);
  }

  blob(descriptor: Descriptor, from = 0): VerifiedBytes {
    return VerifiedBytes.from(this.find(descriptor, from), descriptor, from);
  }

  close(): Promise<void> {
    return this.archive.close();
  }

  private async *find(descriptor: Descriptor, from: number): AsyncGenerator<Uint8Array, void> {
    let missing: unknown;
    for (const open of [async () => this.archive, ...this.below]) {
      const bytes = (await open()).blob(descriptor, from)[Symbol.asyncIterator]();
      const first = await bytes.next().catch((error: unknown) => {
        if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
        missing ??= error;
        return undefined;
      });
      if (!first) continue;
      if (!first.done) {
        yield first.value;
        yield* { [Symbol.asyncIterator]: () => bytes };
      }
      return;
    }
    throw missing;
  }
}

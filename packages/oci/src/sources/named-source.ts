import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import { OciError } from '../error.js';
import type { Platform } from '../platform.js';
import type { VerifiedBytes } from '../verify.js';
import type { ImageSource, Resolved } from './image-source.js';

/** A source whose errors name the image, and the blob or manifest that was read. */
export class NamedSource implements ImageSource {
  /** `clean` removes from an error what must not be shown. */
  constructor(
    private readonly source: ImageSource,
    private readonly image: string,
    private readonly clean: (error: unknown) => unknown = (error) => error,
  ) {}

  identify(): Promise<Digest> {
    return this.named(this.source.identify());
  }

  resolve(platform: Platform): Promise<Resolved> {
    return this.named(this.source.resolve(platform));
  }

  manifest(digest: Digest): Promise<Buffer> {
    return this.named(this.source.manifest(digest), digest);
  }

  blob(descriptor: Descriptor, from?: number): VerifiedBytes {
    const { digest } = descriptor;
    return this.source.blob(descriptor, from).withErrors((error) => this.nameIn(error, digest));
  }

  close(): Promise<void> {
    return this.source.close();
  }

  private async named<T>(result: Promise<T>, digest?: Digest): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw this.nameIn(error, digest);
    }
  }

  /** Puts the names that a message lacks before it. */
  private nameIn(error: unknown, digest: Digest | undefined): unknown {
    const cleaned = this.clean(error);
    if (!(cleaned instanceof OciError)) return cleaned;
    const { message } = cleaned;
    const blob = digest && !message.includes(digest) ? [`blob ${digest}`] : [];
    const image = message.includes(this.image) ? [] : [this.image];
    return cleaned.reworded([...image, ...blob, message].join(': '));
  }
}

import {
  ImageNames,
  OciError,
  copyImage,
  formatReference,
  parsePlatform,
  parseRegistryReference,
  type ImageSource,
} from '@nx-linuxkit/oci';
import { Sources, type Environment } from '@nx-linuxkit/stages/standalone';

/** Errors of a registry that does not have an image. Some answer so to a stranger that asks for what is not there. */
const ABSENT = ['not-found', 'unknown-platform', 'unauthorized', 'forbidden'];

/** How registries are asked. */
interface Options {
  /** Copies what is found into the cache, and names it there. */
  readonly pull: boolean;
  readonly log: (line: string) => void;
}

/** The images that registries have. One that cannot be reached is asked once, and counts as one without images. */
export class PublishedImages {
  private readonly sources: Sources;
  private readonly unreachable = new Set<string>();

  constructor(
    private readonly environment: Environment,
    private readonly options: Options,
  ) {
    this.sources = new Sources(environment);
  }

  /** Whether the registry has an image under this name for the platform. */
  async has(reference: string, platform: string): Promise<boolean> {
    const { registry } = parseRegistryReference(reference);
    if (this.unreachable.has(registry)) return false;
    const source = await this.sources.open(reference);
    try {
      await this.look(source, reference, platform);
      return true;
    } catch (error) {
      if (!(error instanceof OciError)) throw error;
      if (ABSENT.includes(error.code)) return false;
      this.unreachable.add(registry);
      this.options.log(`${registry} is not asked for packages: ${error.message}`);
      return false;
    } finally {
      await source.close();
    }
  }

  close(): Promise<void> {
    return this.sources.close();
  }

  private async look(source: ImageSource, reference: string, platform: string): Promise<void> {
    const { pull, log } = this.options;
    const { digest, index = digest } = await source.resolve(parsePlatform(platform));
    if (!pull) {
      log(`${reference} for ${platform} is in the registry and is not built; --pull takes it into the cache`);
      return;
    }
    const { store } = this.environment;
    await copyImage(store, source, index, { platforms: [parsePlatform(platform)] });
    await new ImageNames(store).set({
      name: formatReference(parseRegistryReference(reference)),
      digest: index,
    });
    log(`pull ${reference} for ${platform}: ${digest}`);
  }
}

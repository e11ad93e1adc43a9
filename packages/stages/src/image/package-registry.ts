import {
  OciError,
  parseManifest,
  parsePlatform,
  parseRegistryReference,
  type Descriptor,
  type ImageSource,
} from '@nx-linuxkit/oci';
import type { PushableImage, Repository } from '@nx-linuxkit/oci/registry';
import { Fault } from '@nx-linuxkit/errors';
import type { WrittenImage } from '@nx-linuxkit/dockerfile';
import { bytesContent, type Content } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { parseOciImage } from '../layers/oci-image.js';
import type { ImageNode } from '../plan/image-node.js';
import type { Settings } from '../plan/settings.js';
import type { Sources } from '../sources.js';

/** What identifies an image of a package before it is made. */
export interface PackageKey {
  readonly image: Pick<ImageNode, 'root' | 'platform'>;
  /** Organisation and name: `linuxkit/sshd`. */
  readonly name: string;
  /** Hash of all that decides the image. */
  readonly key: string;
}

/** Faults of this machine, which a build would meet as well. */
const OWN_FAULTS = ['disk-full', 'no-permission', 'store-error'];

/** One more attempt: while a registry fails, an image can be built in the time of many attempts. */
const RETRY_DELAYS = [500];

/**
 * A registry that keeps the images of packages, each under a tag of its key, so that another clone takes what one has built.
 * It is never needed: its first fault is said in one line, and everything else of the run is built here.
 */
export class PackageRegistry {
  /** The tags that the registry lacks, by the roots of their images. */
  private readonly missing = new Map<string, string>();
  private isDown = false;

  private constructor(
    private readonly registry: string,
    private readonly settings: Pick<Settings, 'packages' | 'trustedCache'>,
    private readonly sources: Pick<Sources, 'open' | 'withRepository'>,
  ) {}

  /** Undefined without the option `packages.registry`. */
  static of(
    settings: Pick<Settings, 'packages' | 'trustedCache'>,
    sources: Pick<Sources, 'open' | 'withRepository'>,
  ): PackageRegistry | undefined {
    const { registry } = settings.packages ?? {};
    return registry === undefined ? undefined : new PackageRegistry(registry, settings, sources);
  }

  /** Where the image of a package is: `registry.example/cache/linuxkit/sshd`, whatever registry its own name has. */
  nameOf(name: string): string {
    return `${this.registry.replace(/\/+$/, '')}/${parseRegistryReference(name).repository}`;
  }

  /**
   * Writes the image into an archive like the one that a build writes: without the layers that are `below`. Undefined if
   * the registry lacks it, or fails.
   */
  async take(
    { image, name, key }: PackageKey,
    below: readonly Descriptor[],
    output: string,
    log: Log,
  ): Promise<WrittenImage | undefined> {
    // What a registry says about a key is trusted as Nx's cache is.
    if (this.isDown || this.settings.trustedCache === false) return this.note(image, name, key);
    const reference = `${this.nameOf(name)}:${tagOf(key)}`;
    let source: ImageSource | undefined;
    try {
      source = await this.sources.open(reference, { retryDelays: RETRY_DELAYS });
      const { digest, manifest, config } = await source.resolve(parsePlatform(image.platform));
      const { layers } = parseOciImage(digest, manifest, config, reference);
      const others = layers
        .map(({ blob }) => blob)
        .filter(({ digest }) => !below.some((b) => b.digest === digest));
      const blobs = [
        ...others.map((blob) => [blob.digest, contentOf(source as ImageSource, blob)] as const),
        [parseManifest(manifest).config.digest, bytesContent(config)] as const,
      ];
      const { writeArchive } = await import('@nx-linuxkit/dockerfile');
      return await writeArchive({ platform: image.platform, manifest, blobs }, output);
    } catch (error) {
      if (!isNotFound(error)) this.giveUp(error, 'packages are built here', log);
      return this.note(image, name, key);
    } finally {
      await source?.close();
    }
  }

  /**
   * Pushes an image that was built because the registry lacked it, if the settings say so. What another machine has
   * pushed meanwhile stays. Tells whether the registry has this image now.
   */
  async give(
    image: Pick<ImageNode, 'root' | 'id'>,
    digest: string,
    pushable: (registry: string) => Promise<PushableImage>,
    log: Log,
  ): Promise<boolean> {
    const reference = this.missing.get(image.root);
    this.missing.delete(image.root);
    if (reference === undefined || this.isDown || !pushes(this.settings)) return false;
    const { tag = '' } = parseRegistryReference(reference);
    const push = async (repository: Repository) => {
      const found = await repository.find(tag);
      if (found) return found.digest === digest;
      const pushed = await repository.push(tag, await pushable(repository.registry));
      log(`image ${image.id}: pushed ${pushed} to ${repository.name}`);
      return pushed === digest;
    };
    try {
      return await this.sources.withRepository(reference, push, { mirrors: {} });
    } catch (error) {
      this.giveUp(error, 'packages are not pushed', log);
      return false;
    }
  }

  private note(image: Pick<ImageNode, 'root'>, name: string, key: string): undefined {
    this.missing.set(image.root, `${this.nameOf(name)}:${tagOf(key)}`);
  }

  private giveUp(error: unknown, consequence: string, log: Log): void {
    if (!(error instanceof Fault) || OWN_FAULTS.includes(error.code)) throw error;
    if (!this.isDown) log(`packages.registry ${this.registry}: ${error.message}; ${consequence}`);
    this.isDown = true;
  }
}

/** The prefix keeps these tags apart from those of LinuxKit, which are hashes too. */
function tagOf(key: string): string {
  return `nx-${key}`;
}

/** A blob is read whole, because only a whole blob can be verified. */
function contentOf(source: ImageSource, blob: Descriptor): Content {
  const { digest, size } = blob;
  return { source: { id: digest, size, read: () => source.blob(blob) }, offset: 0, size };
}

function isNotFound(error: unknown): boolean {
  return error instanceof OciError && error.code === 'not-found';
}

function pushes({ packages }: Pick<Settings, 'packages'>): boolean {
  const named = process.env.NX_LINUXKIT_PACKAGES_PUSH;
  if (named !== undefined && named !== '') return /^(1|true)$/i.test(named);
  return packages?.push ?? false;
}

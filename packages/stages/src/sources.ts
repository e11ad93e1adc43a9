import {
  once,
  openImageSource,
  parseReference,
  parseRegistryReference,
  type ImageSource,
  type SourceOptions,
} from '@nx-linuxkit/oci';
import type { Connections, Repository } from '@nx-linuxkit/oci/registry';
import { connectionOptions } from './connection-options.js';
import { sharedRootOf, type Environment } from './environment.js';
import { StackedSource } from './image/stacked-source.js';
import type { ImageNode } from './plan/image-node.js';

/** The name of a package's OCI archive in the output of the stage `image`. */
export const IMAGE_ARCHIVE = 'image.tar';

/** The places that images come from: registries, Docker daemons, files. Images of one registry share connections. */
export class Sources {
  private readonly opened = new Map<string, Promise<ImageSource>>();
  private connections: Promise<Connections> | undefined;

  constructor(private readonly environment: Omit<Environment, 'store'>) {}

  /** Where the bytes of an image come from when the store lacks them; open until `close`. */
  of(image: ImageNode): Promise<ImageSource> {
    const base = image.source.kind === 'package' ? { base: sharedRootOf(this.environment) } : {};
    return once(this.opened, image.id, async () => {
      const source = await this.open(fetchReference(image), base);
      if (image.source.kind !== 'package' || !image.source.dockerfile) return source;
      const { bases } = image.source.dockerfile;
      return new StackedSource(
        source,
        bases.map(
          ({ image: below }) =>
            () =>
              this.of(below),
        ),
      );
    });
  }

  /** Closes the place of an image whose bytes were replaced, so that it is opened anew. */
  async forget(image: ImageNode): Promise<void> {
    const known = this.opened.get(image.id);
    this.opened.delete(image.id);
    await (await known?.catch(() => undefined))?.close();
  }

  /** Opens the place that a reference names, with the workspace's settings. The caller closes it before `close`. */
  async open(reference: string, more: Partial<SourceOptions> = {}): Promise<ImageSource> {
    const { workspaceRoot, settings } = this.environment;
    const { mirrors, insecure } = settings;
    const connections = await this.connect();
    const shared = { base: workspaceRoot, mirrors, insecure, connections, onWarning: warn };
    return openImageSource(parseReference(reference), { ...shared, ...more });
  }

  /** Uses the repository of a registry's image, for what is attached to images: signatures. */
  async withRepository<T>(
    reference: string,
    use: (repository: Repository) => Promise<T>,
    { mirrors = this.environment.settings.mirrors }: Pick<SourceOptions, 'mirrors'> = {},
  ): Promise<T> {
    const { insecure } = this.environment.settings;
    const { openRepository } = await import('@nx-linuxkit/oci/registry');
    const options = { mirrors, insecure, connections: await this.connect(), onWarning: warn };
    const repository = openRepository(parseRegistryReference(reference), options);
    try {
      return await use(repository);
    } finally {
      repository.close();
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    this.opened.clear();
    await Promise.all(
      opened.map((source) => (source.status === 'fulfilled' ? source.value.close() : undefined)),
    );
    (await this.connections?.catch(() => undefined))?.close();
  }

  private connect(): Promise<Connections> {
    const { workspaceRoot, settings } = this.environment;
    return (this.connections ??= import('@nx-linuxkit/oci/registry').then(
      ({ Connections }) => new Connections(connectionOptions(workspaceRoot, settings)),
    ));
  }
}

/** Pulled images are named by digest: a tag may have moved since it was locked. */
function fetchReference({ root, source }: ImageNode): string {
  if (source.kind === 'package') return `oci-archive:${root}/image/${IMAGE_ARCHIVE}`;
  if (source.imageID) return `docker-daemon:${source.imageID}`;
  return `${source.from}@${source.digest}`;
}

/** Faults that did not end the work, such as a failed mirror, are reported at once. */
function warn(line: string): void {
  console.error(line);
}

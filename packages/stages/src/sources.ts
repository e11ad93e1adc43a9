import {
  keepImage,
  once,
  openImageSource,
  parseDigest,
  parseReference,
  parseRegistryReference,
  type ImageSource,
  type SourceOptions,
} from '@nx-linuxkit/oci';
import type { Connections, Repository } from '@nx-linuxkit/oci/registry';
import { connectionOptions } from './connection-options.js';
import type { Environment } from './environment.js';
import type { ImageNode, PulledImage } from './plan/image-node.js';

/** Gives the place of an image that a package has become. */
export type OpenPackage = (image: ImageNode) => Promise<ImageSource>;

/** The places that images come from: registries, Docker daemons, files. Images of one registry share connections. */
export class Sources {
  private readonly opened = new Map<string, Promise<ImageSource>>();
  private connections: Promise<Connections> | undefined;

  constructor(
    private readonly environment: Omit<Environment, 'store'> & Partial<Pick<Environment, 'store'>>,
    /** Default: for callers that have no packages. */
    private readonly openPackage: OpenPackage = noPackages,
  ) {}

  /**
   * Where the bytes of an image come from when the store lacks them; open until `close`. The store notes an image that no
   * registry has, because the daemon or the file may go.
   */
  of(image: ImageNode): Promise<ImageSource> {
    return once(this.opened, image.id, async () => {
      const { source } = image;
      if (source.kind === 'package') return this.openPackage(image);
      const opened = await this.open(fetchReference(source));
      const { store } = this.environment;
      if (store && parseReference(source.from).transport !== 'registry')
        await keepImage(store, parseDigest(source.digest));
      return opened;
    });
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
function fetchReference({ from, digest, imageID }: PulledImage): string {
  return imageID ? `docker-daemon:${imageID}` : `${from}@${digest}`;
}

function noPackages({ id }: ImageNode): Promise<ImageSource> {
  return Promise.reject(new Error(`nothing here makes the package ${id}`));
}

/** Faults that did not end the work, such as a failed mirror, are reported at once. */
function warn(line: string): void {
  console.error(line);
}

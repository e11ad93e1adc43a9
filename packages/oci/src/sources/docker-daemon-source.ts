import type Docker from 'dockerode';
import { OciError } from '../error.js';
import { isDigest, type Digest } from '../digest.js';
import type { Descriptor } from '../descriptor.js';
import { asObject } from '../json.js';
import { Lazy } from '../lazy.js';
import { formatPlatform, platformMatches, type Platform } from '../platform.js';
import type { DaemonReference } from '../reference.js';
import { VerifiedBytes } from '../verify.js';
import { Archive } from './archive.js';
import { askDaemon, daemonError } from './docker-client.js';
import { DockerArchiveSource } from './docker-archive-source.js';
import { readJson } from './files.js';
import type { ImageSource, Resolved } from './image-source.js';
import { LayoutSource } from './layout-source.js';
import type { SourceOptions } from './options.js';

/** An image that a Docker daemon exported. */
interface Exported {
  readonly archive: Archive;
  readonly source: ImageSource;
  readonly imageID: Digest;
}

/** An image in a Docker daemon, which knows it by its ID alone. It is exported once and then read like an archive. */
export class DockerDaemonSource implements ImageSource {
  private readonly exported = new Lazy(() => this.export());

  constructor(
    private readonly reference: DaemonReference,
    private readonly options: SourceOptions,
  ) {}

  async identify(): Promise<Digest> {
    return (await this.inspect()).imageID;
  }

  async resolve(platform: Platform): Promise<Resolved> {
    const found = await this.inspect();
    // Checked before the export, which may have gigabytes.
    if (!platformMatches(platform, found.platform)) {
      const [actual, expected] = [formatPlatform(found.platform), formatPlatform(platform)];
      throw new OciError(
        'platform-mismatch',
        `${this.reference.text} is for ${actual}, expected ${expected}`,
        {
          hint: `Run docker pull --platform ${expected} ${this.reference.name}.`,
        },
      );
    }
    const { source, imageID } = await this.exported.get();
    return { ...(await source.resolve(platform)), imageID };
  }

  async manifest(digest: Digest): Promise<Buffer> {
    return (await this.exported.get()).source.manifest(digest);
  }

  blob(descriptor: Descriptor, from = 0): VerifiedBytes {
    return VerifiedBytes.from(this.stream(descriptor, from), descriptor, from);
  }

  async close(): Promise<void> {
    await (await this.exported.ifMade())?.archive.close();
  }

  private async *stream(descriptor: Descriptor, from: number): AsyncGenerator<Uint8Array, void> {
    yield* (await this.exported.get()).source.blob(descriptor, from);
  }

  private async inspect(): Promise<{ readonly imageID: Digest; readonly platform: Platform }> {
    const answer: unknown = await this.ask((docker) => docker.getImage(this.reference.name).inspect());
    const { Id, Os, Architecture } = answer as Partial<Docker.ImageInspectInfo>;
    if (!isDigest(Id) || typeof Os !== 'string' || typeof Architecture !== 'string') {
      throw new OciError(
        'registry-error',
        `the Docker daemon's answer about ${this.reference.name} has no image ID and platform`,
        { hint: 'Check DOCKER_HOST: what answers there is no Docker daemon.' },
      );
    }
    const imageID = Id;
    if (this.reference.imageID && this.reference.imageID !== imageID) {
      throw new OciError(
        'digest-mismatch',
        `the Docker daemon has the image ${imageID}, expected ${this.reference.imageID}`,
      );
    }
    return { imageID, platform: { os: Os, architecture: Architecture } };
  }

  /** Exports the image by its ID, because its name may move to another image between two requests. */
  private async export(): Promise<Exported> {
    const { imageID } = await this.inspect();
    const stream = await this.ask((docker) => docker.getImage(imageID).get());
    const bytes = exportedBytes(stream as unknown as AsyncIterable<Uint8Array>, this.reference);
    const archive = await Archive.spool(bytes, this.reference.text, this.options.temp);
    try {
      return { archive, source: await this.identified(archive, imageID), imageID };
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  /**
   * Compares the export with the image ID. With classic storage drivers the ID is the digest of the config; with
   * Docker's containerd store it is that of the manifest or index, and the export also holds an OCI layout.
   */
  private async identified(archive: Archive, imageID: Digest): Promise<ImageSource> {
    const { text } = this.reference;
    const saved = new DockerArchiveSource({ text }, async () => archive);
    const manifest = JSON.parse((await saved.manifest(await saved.identify())).toString());
    if (manifest.config.digest === imageID) return saved;
    if ((await archive.size('index.json')) !== undefined) {
      const index = asObject(await readJson(archive, 'index.json', text), 'index.json');
      const layout = new LayoutSource(
        { transport: 'oci-archive', text, path: '', digest: imageID },
        async () => archive,
      );
      if (JSON.stringify(index.manifests ?? []).includes(imageID)) return layout;
    }
    throw new OciError(
      'digest-mismatch',
      `the Docker daemon exported ${manifest.config.digest}, expected ${imageID}`,
    );
  }

  private ask<T>(request: (docker: Docker) => Promise<T>): Promise<T> {
    return askDaemon(this.reference, this.options, request);
  }
}

/** Yields an export; a connection that breaks becomes an error of the daemon, where the disk would be blamed. */
async function* exportedBytes(
  bytes: AsyncIterable<Uint8Array>,
  reference: DaemonReference,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (cause) {
    throw daemonError(reference, cause);
  }
}

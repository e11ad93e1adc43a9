import { OciError } from '../error.js';
import { formatReference, type RegistryReference } from '../reference.js';
import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import type { Platform } from '../platform.js';
import { resolveDocument } from '../sources/resolve.js';
import type { ImageSource, Resolved } from '../sources/image-source.js';
import type { SourceOptions } from '../sources/options.js';
import { withoutSecrets } from '../http/secrets.js';
import { VerifiedBytes } from '../verify.js';
import { downloadBlob } from './blob.js';
import { RegistryClient } from './client.js';
import { Connections } from './connections.js';
import { endpointsOf } from './endpoint.js';
import { getManifest, headManifest } from './manifests.js';

/** An image in a registry. Its mirrors are asked first, and the registry itself when they fail. */
export class RegistrySource implements ImageSource {
  private readonly connections: Connections;
  private readonly clients: readonly RegistryClient[];
  private readonly image: string;

  constructor(
    private readonly reference: RegistryReference,
    private readonly options: SourceOptions,
  ) {
    const endpoints = endpointsOf(reference, options);
    const connections = options.connections ?? new Connections(options);
    this.connections = connections;
    this.clients = endpoints.map((endpoint) => new RegistryClient(endpoint, connections, options));
    this.image = formatReference(reference);
  }

  async identify(): Promise<Digest> {
    const { digest, tag } = this.reference;
    return digest ?? this.first((client) => headManifest(client, tag!, `manifest ${this.image}`));
  }

  async resolve(platform: Platform): Promise<Resolved> {
    const { digest, tag } = this.reference;
    const root = await this.first((client) => getManifest(client, digest ?? tag!, `manifest ${this.image}`));
    return resolveDocument(this, root, platform, this.image);
  }

  async manifest(digest: Digest): Promise<Buffer> {
    const what = `manifest ${this.reference.registry}/${this.reference.repository}@${digest}`;
    return (await this.first((client) => getManifest(client, digest, what))).bytes;
  }

  blob(descriptor: Descriptor, from = 0): VerifiedBytes {
    return VerifiedBytes.from(this.download(descriptor, from), descriptor, from);
  }

  /** Returns an error without the secrets that a registry may have echoed. */
  withoutSecrets(error: unknown): unknown {
    return withoutSecrets(error, this.connections.http.secrets);
  }

  async close(): Promise<void> {
    if (!this.options.connections) this.connections.close();
  }

  /** When an endpoint fails within a blob, the next one continues: the bytes of a digest are the same everywhere. */
  private async *download(descriptor: Descriptor, from: number): AsyncGenerator<Uint8Array, void> {
    let offset = from;
    for (const [i, client] of this.clients.entries()) {
      try {
        for await (const chunk of downloadBlob(client, descriptor, offset, this.image)) {
          offset += chunk.length;
          this.options.onProgress?.(chunk.length);
          yield chunk;
        }
        return;
      } catch (error) {
        this.giveUpOn(i, error);
      }
    }
  }

  private async first<T>(ask: (client: RegistryClient) => Promise<T>): Promise<T> {
    for (const [i, client] of this.clients.entries()) {
      try {
        return await ask(client);
      } catch (error) {
        this.giveUpOn(i, error);
      }
    }
    throw new Error('the registry itself is always among the endpoints');
  }

  /** Warns of a mirror's error and goes on; throws the error of the registry itself, which comes last. */
  private giveUpOn(i: number, error: unknown): void {
    if (i === this.clients.length - 1 || !(error instanceof OciError)) throw error;
    const { endpoint, retries } = this.clients[i];
    retries.warn(`mirror ${endpoint.host}: ${error.message}; asking the next one`);
  }
}

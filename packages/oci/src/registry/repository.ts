import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import { OciError } from '../error.js';
import type { RegistryReference } from '../reference.js';
import type { SourceOptions } from '../sources/options.js';
import { collect, VerifiedBytes } from '../verify.js';
import { downloadBlob } from './blob.js';
import { RegistryClient } from './client.js';
import { Connections } from './connections.js';
import { endpointsOf, originEndpoint } from './endpoint.js';
import { getManifest, type FetchedManifest } from './manifests.js';
import { pushBlob, pushManifest, type PushableImage } from './push.js';
import { getReferrers } from './referrers.js';

/**
 * One repository of a registry, for what is attached to an image: signatures, attestations and other referrers.
 * Reads ask the mirrors first; writes go to the registry itself. Every method throws `OciError`.
 */
export interface Repository {
  /** `ghcr.io/org/app`. */
  readonly name: string;
  /** `ghcr.io`. */
  readonly registry: string;
  /** A manifest or an index by tag or digest, as received; `not-found` if no endpoint has it. */
  manifest(tagOrDigest: string): Promise<FetchedManifest>;
  /** The same, or `undefined` if no endpoint has it. */
  find(tagOrDigest: string): Promise<FetchedManifest | undefined>;
  /**
   * What refers to a manifest, by the referrers API; `undefined` where the registry has no such API.
   * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
   */
  referrers(digest: Digest): Promise<readonly Descriptor[] | undefined>;
  /** A blob of at most `limit` bytes, compared with its size and digest. */
  blob(descriptor: Descriptor, limit: number): Promise<Buffer>;
  /** Uploads the blobs that are missing, then the manifest under a tag or its digest. */
  push(tagOrDigest: string, image: PushableImage): Promise<Digest>;
  /** Ends the connections, unless `options.connections` brought them. */
  close(): void;
}

/** Opens the repository of a reference for reading and writing. */
export function openRepository(
  { registry, repository }: Pick<RegistryReference, 'registry' | 'repository'>,
  options: SourceOptions = {},
): Repository {
  const connections = options.connections ?? new Connections(options);
  const name = `${registry}/${repository}`;
  const readers = endpointsOf({ registry, repository }, options).map(
    (endpoint) => new RegistryClient(endpoint, connections, options),
  );
  const writer = new RegistryClient(
    originEndpoint(registry, repository, options.insecure ?? []),
    connections,
    options,
  );

  /** The first endpoint whose answer is accepted; the error of the last one, which is the registry itself. */
  async function first<T>(
    ask: (client: RegistryClient) => Promise<T>,
    accepts: (answer: T) => boolean = () => true,
  ): Promise<T> {
    for (const [i, client] of readers.entries()) {
      const isLast = i === readers.length - 1;
      try {
        const answer = await ask(client);
        if (isLast || accepts(answer)) return answer;
      } catch (error) {
        if (isLast || !(error instanceof OciError)) throw error;
        client.retries.warn(`mirror ${client.endpoint.host}: ${error.message}; asking the next one`);
      }
    }
    throw new Error('the registry itself is always among the endpoints');
  }

  const manifest = (tagOrDigest: string) =>
    first((client) => getManifest(client, tagOrDigest, `manifest ${name}${separator(tagOrDigest)}`));

  return {
    name,
    registry,
    manifest,
    find: (tagOrDigest) => manifest(tagOrDigest).catch(undefinedIfAbsent),
    referrers: (digest) =>
      first(
        (client) => getReferrers(client, digest, `the referrers of ${name}@${digest}`),
        // A mirror that knows no referrer may only have copied the image.
        (found) => found !== undefined && found.length > 0,
      ),
    blob: (descriptor, limit) =>
      first((client) =>
        collect(
          VerifiedBytes.of(downloadBlob(client, descriptor, 0), descriptor),
          limit,
          `blob ${descriptor.digest}`,
        ),
      ),
    push: async (tagOrDigest, image) => {
      for (const blob of image.blobs) await pushBlob(writer, blob);
      return pushManifest(writer, { registry, repository, ...tagOrDigestOf(tagOrDigest) }, image);
    },
    close: () => {
      if (!options.connections) connections.close();
    },
  };
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
}

const isDigestText = (text: string): text is Digest => text.startsWith('sha256:');
const separator = (text: string): string => (isDigestText(text) ? `@${text}` : `:${text}`);
const tagOrDigestOf = (text: string): { tag?: string; digest?: Digest } =>
  isDigestText(text) ? { digest: text } : { tag: text };

import {
  digestOf,
  OciError,
  parseManifest,
  type RegistryReference,
  type SourceOptions,
} from '@nx-linuxkit/oci';
import {
  Connections,
  endpointsOf,
  getManifest,
  hasBlob,
  mountBlob,
  originEndpoint,
  pushBlob,
  pushManifest,
  RegistryClient,
} from '@nx-linuxkit/oci/registry';
import { INDEX_TAG } from '../chunks/index-tag.js';
import { CacheError } from '../error.js';
import { EMPTY, EMPTY_BLOB } from './manifest.js';
import type { Blob, Place, Range, Sink } from './place.js';
import { listTags } from './tags.js';

/** How a registry is reached. */
export type RegistryOptions = Pick<
  SourceOptions,
  'mirrors' | 'insecure' | 'caFile' | 'onWarning' | 'keychain'
> & {
  /** Bytes per second that an entry must bring. */
  readonly minimumRate: number;
  /** Milliseconds without a byte, in the place of the usual ones. */
  readonly idleTimeout?: number;
};

/** Milliseconds without a byte. Nx waits for what is read; a registry that stores a pack may have to copy it. */
const IDLE = { read: 5_000, write: 30_000 };
/** Milliseconds for one request of any kind. In ten minutes a line of 60 kB/s takes a pack. */
const LONGEST = { read: 120_000, write: 600_000 };
/** Milliseconds. A read has no second attempt, because a registry may ask for a wait of a minute before it. */
const RETRY_DELAYS = { read: [], write: [1000] };
/** Statuses with which registries say that they do not delete. */
const NO_DELETE = [400, 401, 403, 404, 405, 501];

/** Answers that share the rate of an entry. */
const SHARING = 4;

/** A repository of a registry. */
export class RegistryPlace implements Place {
  readonly name: string;
  readonly traffic = { up: 0, down: 0 };
  private readonly connections: readonly Connections[];
  private readonly readers: readonly RegistryClient[];
  private readonly writer: RegistryClient;
  /** Settles once the blob is there that each manifest names; a registry may refuse one that is sent twice at a time. */
  private emptyBlob?: Promise<void>;

  constructor(
    private readonly reference: Pick<RegistryReference, 'registry' | 'repository'>,
    options: RegistryOptions,
  ) {
    const { registry, repository } = reference;
    this.name = `oci://${registry}/${repository}`;
    const connect = (kind: 'read' | 'write') =>
      new Connections({
        ...options,
        idleTimeout: options.idleTimeout ?? IDLE[kind],
        transferTimeout: LONGEST[kind],
        minimumRate: options.minimumRate / SHARING,
      });
    const [reading, writing] = [connect('read'), connect('write')];
    this.connections = [reading, writing];
    this.readers = endpointsOf(reference, options).map(
      (endpoint) => new RegistryClient(endpoint, reading, { ...options, retryDelays: RETRY_DELAYS.read }),
    );
    const origin = originEndpoint(registry, repository, options.insecure ?? []);
    this.writer = new RegistryClient(origin, writing, { ...options, retryDelays: RETRY_DELAYS.write });
  }

  /** Registries make a repository by themselves. */
  async isThere(): Promise<boolean> {
    return true;
  }

  async manifest(tag: string, deadline: number): Promise<Buffer | undefined> {
    return this.first(async (client) => {
      const what = `manifest ${this.name}:${tag}`;
      const { bytes } = await getManifest(client, tag, what, deadline);
      this.traffic.down += bytes.length;
      return bytes;
    }).catch(ifAbsent);
  }

  async putManifest(tag: string, manifest: Buffer): Promise<void> {
    this.emptyBlob ??= this.putBlob(EMPTY, () => once(EMPTY_BLOB));
    await this.emptyBlob.catch((error: unknown) => {
      this.emptyBlob = undefined;
      throw error;
    });
    const { mediaType } = parseManifest(manifest);
    try {
      await pushManifest(this.writer, { ...this.reference, tag }, { manifest, mediaType });
      this.traffic.up += manifest.length;
    } catch (cause) {
      // The distribution specification: MANIFEST_BLOB_UNKNOWN, or BLOB_UNKNOWN, with the status 400 or 404.
      if (!(cause instanceof OciError) || !/BLOB_UNKNOWN|blob unknown/i.test(cause.message)) throw cause;
      throw new CacheError('missing-blob', `${this.name} lacks a blob of ${tag}`, { cause });
    }
  }

  hasBlob({ digest }: Blob): Promise<boolean> {
    return hasBlob(this.writer, digest);
  }

  async putBlob(descriptor: Blob, bytes: () => AsyncIterable<Uint8Array>): Promise<void> {
    const { traffic } = this;
    await pushBlob(this.writer, { descriptor, bytes: () => counted(bytes()) });

    async function* counted(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const part of parts) {
        traffic.up += part.length;
        yield part;
      }
    }
  }

  async mountBlob(blob: Blob, from: Place): Promise<boolean> {
    if (!(from instanceof RegistryPlace) || from.reference.registry !== this.reference.registry) return false;
    return (await this.hasBlob(blob)) || mountBlob(this.writer, blob.digest, from.reference.repository);
  }

  async read({ digest }: Blob, range: Range, sink: Sink, deadline: number): Promise<void> {
    await this.first((client) =>
      client.read(
        {
          method: 'GET',
          path: `blobs/${digest}`,
          headers: { 'accept-encoding': 'identity', range: `bytes=${range.start}-${range.end - 1}` },
          accept: [200, 206],
          what: `blob ${digest} of ${this.name}`,
          deadline,
        },
        async (response) => {
          const from =
            response.status === 206 ? startOf(response.headers['content-range'], range, digest) : 0;
          const end = await copyRange(response.body(), from, range, async (bytes, offset) => {
            this.traffic.down += bytes.length;
            await sink(bytes, offset);
          });
          if (end < range.end) {
            throw new CacheError(
              'damaged-entry',
              `blob ${digest} ends at byte ${end}, expected ${range.end}`,
            );
          }
        },
      ),
    );
  }

  tags(): AsyncIterable<string> {
    return listTags(this.writer, this.name);
  }

  async remove(tag: string, manifest: Buffer): Promise<void> {
    const response = await this.writer.call({
      method: 'DELETE',
      path: `manifests/${digestOf(manifest)}`,
      action: 'pull,push,delete',
      accept: [200, 202, ...NO_DELETE],
      what: `manifest ${this.name}:${tag}`,
    });
    await response.discard();
    if (response.status === 200 || response.status === 202) return;
    throw new CacheError(
      'cannot-delete',
      `${this.name} answers ${response.status} to the request to delete ${tag}`,
      {
        hint: `Set a retention rule in the registry: remove tags that begin with n- once they are old, such as after 30 days, and keep the tag ${INDEX_TAG}.`,
      },
    );
  }

  /** A registry collects its own garbage. */
  async sweep(): Promise<undefined> {
    return undefined;
  }

  close(): void {
    for (const connections of this.connections) connections.close();
  }

  /** Asks mirrors first, and the registry itself last. */
  private async first<T>(ask: (client: RegistryClient) => Promise<T>): Promise<T> {
    for (const client of this.readers.slice(0, -1)) {
      try {
        return await ask(client);
      } catch (error) {
        if (!(error instanceof OciError)) throw error;
      }
    }
    return ask(this.readers[this.readers.length - 1]);
  }
}

function ifAbsent(error: unknown): undefined {
  if (!(error instanceof OciError) || error.code !== 'not-found') throw error;
}

function startOf(header: string | undefined, range: Range, digest: string): number {
  const start = Number(/^bytes (\d+)-/.exec(header ?? '')?.[1]);
  if (start === range.start) return start;
  throw new CacheError(
    'damaged-entry',
    `blob ${digest} was asked for byte ${range.start}, and came from ${start}`,
  );
}

/** Passes on what lies in the range; returns where the bytes ended. */
async function copyRange(
  body: AsyncIterable<Uint8Array>,
  from: number,
  { start, end }: Range,
  sink: Sink,
): Promise<number> {
  let at = from;
  for await (const bytes of body) {
    const [first, last] = [Math.max(start, at), Math.min(end, at + bytes.length)];
    if (first < last) await sink(bytes.subarray(first - at, last - at), first);
    at += bytes.length;
    // A server without ranges sends the whole blob.
    if (at >= end) break;
  }
  return at;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

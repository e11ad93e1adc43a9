import { OciError } from '../error.js';
import { quote } from '../digest.js';
import { inRange, isLoopback } from '../http/no-proxy.js';
import { DOCKER_HUB_API, DOCKER_HUB_HOSTS, isDockerHub } from '../docker-hub.js';
import type { RegistryReference } from '../reference.js';

/** A server that has a repository: a mirror, or the registry itself. */
export interface Endpoint {
  /** The server's name in messages and in the search for credentials. */
  readonly host: string;
  /** Origins to try in this order, until one speaks HTTP. */
  readonly origins: readonly URL[];
  /** The repository's name on this server. */
  readonly repository: string;
}

/** Which servers are asked for an image, and how. */
export interface EndpointOptions {
  /**
   * URLs to try before the registry, by the registry's host: `{"docker.io": ["http://localhost:5000/prefix"]}`.
   * The key `*` stands for every host without a key of its own.
   */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Hosts (`registry.lan:5000`) and ranges of addresses (`10.0.0.0/8`) that may be asked over plain http; loopback may. */
  readonly insecure?: readonly string[];
}

/** Lists the servers to ask: mirrors first, the registry last. Throws `invalid-reference` for a bad mirror URL. */
export function endpointsOf(
  { registry, repository }: Pick<RegistryReference, 'registry' | 'repository'>,
  { mirrors = {}, insecure = [] }: EndpointOptions,
): readonly Endpoint[] {
  const names = isDockerHub(registry) ? DOCKER_HUB_HOSTS : [registry];
  const urls = names.flatMap((name) => (Object.hasOwn(mirrors, name) ? mirrors[name] : []));
  const general = Object.hasOwn(mirrors, '*') ? mirrors['*'] : [];
  return [
    ...[...urls, ...(urls.length > 0 ? [] : general)].map((url) => mirrorEndpoint(url, repository)),
    originEndpoint(registry, repository, insecure),
  ];
}

/** Returns the registry itself as an endpoint, without its mirrors. */
export function originEndpoint(registry: string, repository: string, insecure: readonly string[]): Endpoint {
  const host = isDockerHub(registry) ? DOCKER_HUB_API : registry;
  const plain = mayBePlain(registry, insecure);
  const origins = [new URL(`https://${host}`), ...(plain ? [new URL(`http://${host}`)] : [])];
  return { host: isDockerHub(registry) ? 'docker.io' : registry, origins, repository };
}

/** Reads a mirror's URL: its scheme says whether it speaks plain http, and its path precedes the repository. */
function mirrorEndpoint(text: string, repository: string): Endpoint {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new OciError('invalid-reference', `expected the URL of a mirror, got ${quote(text)}`, {
      hint: 'Write it as https://mirror.example or http://localhost:5000/prefix.',
    });
  }
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  return {
    host: url.host,
    origins: [new URL(url.origin)],
    repository: prefix ? `${prefix}/${repository}` : repository,
  };
}

/**
 * Tells whether a host, maybe with a port, may be spoken to over plain http: loopback, and what `insecure` lists.
 * Loopback never leaves this machine; any other network may have somebody on the path.
 */
export function mayBePlain(registry: string, insecure: readonly string[]): boolean {
  const host = registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return true;
  return insecure.some(
    (entry) =>
      entry.toLowerCase() === registry.toLowerCase() || (entry.includes('/') && inRange(entry, host)),
  );
}

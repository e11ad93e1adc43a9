import { OciError } from '../error.js';
import { quote } from '../digest.js';
import type { RegistryReference } from '../reference.js';
import type { SourceOptions } from '../sources/options.js';

/** A place that answers for a repository: a mirror, or the registry itself. */
export interface Endpoint {
  /** What credentials are looked up for, and what messages say. */
  readonly host: string;
  /** Origins to try in this order, until one speaks HTTP. */
  readonly origins: readonly URL[];
  /** The repository's name there. */
  readonly repository: string;
}

const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
/** Where Docker Hub's API is; `docker.io` serves a web site. */
const HUB_API = 'registry-1.docker.io';

/** Mirrors first, the registry last. */
export function endpointsOf(
  { registry, repository }: Pick<RegistryReference, 'registry' | 'repository'>,
  { mirrors = {}, insecure = [] }: Pick<SourceOptions, 'mirrors' | 'insecure'>,
): readonly Endpoint[] {
  const names = HUB.includes(registry) ? HUB : [registry];
  const urls = names.flatMap((name) => (Object.hasOwn(mirrors, name) ? mirrors[name] : []));
  const general = Object.hasOwn(mirrors, '*') ? mirrors['*'] : [];
  return [
    ...[...urls, ...(urls.length > 0 ? [] : general)].map((url) => mirrorEndpoint(url, repository)),
    originEndpoint(registry, repository, insecure),
  ];
}

export function originEndpoint(registry: string, repository: string, insecure: readonly string[]): Endpoint {
  const host = HUB.includes(registry) ? HUB_API : registry;
  const plain = mayBePlain(registry) || insecure.includes(registry);
  const origins = [new URL(`https://${host}`), ...(plain ? [new URL(`http://${host}`)] : [])];
  return { host: HUB.includes(registry) ? 'docker.io' : registry, origins, repository };
}

/** A mirror says itself whether it is plain http; its path goes in front of the repository. */
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
 * Hosts that registries run on for oneself, by LinuxKit's rule (that of go-containerregistry): loopback, private
 * addresses of RFC 1918, `*.local`. https is tried first there too.
 */
export function mayBePlain(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  if (host === 'localhost' || host === '[::1]' || host.endsWith('.local') || host.endsWith('.localhost'))
    return true;
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (!bytes) return false;
  const [a, b] = bytes;
  return a === 127 || a === 10 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b <= 31);
}

import { OciError } from './error.js';
import { isDigest, parseDigest, quote, type Digest } from './digest.js';

export interface RegistryReference {
  readonly transport: 'registry';
  /** As the YAML has it. */
  readonly text: string;
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** `latest` where the text has neither tag nor digest. */
  readonly tag?: string;
  /** Wins over the tag. */
  readonly digest?: Digest;
}

export interface DaemonReference {
  readonly transport: 'docker-daemon';
  readonly text: string;
  /** What the daemon is asked for: a name, or an image ID. */
  readonly name: string;
  readonly imageID?: Digest;
}

export interface FileReference {
  readonly transport: 'oci' | 'oci-archive' | 'docker-archive';
  readonly text: string;
  /** Relative to `SourceOptions.base`. */
  readonly path: string;
  /** Which of several images: a tag or a whole name. */
  readonly name?: string;
  readonly digest?: Digest;
}

export type Reference = RegistryReference | DaemonReference | FileReference;

/** https://github.com/distribution/reference: a path component, a tag, a host name with an optional port. */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const LENGTH_LIMIT = 1024;
const FILE_TRANSPORTS = ['oci', 'oci-archive', 'docker-archive'] as const;

/** `transport:rest` as in containers-transports(5); without a transport, a registry reference. */
export function parseReference(text: string): Reference {
  if (text.length > LENGTH_LIMIT) throw invalid(text, `it is longer than ${LENGTH_LIMIT} characters`);
  if (text.startsWith('docker-daemon:')) return parseDaemon(text, text.slice('docker-daemon:'.length));
  const transport = FILE_TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport) return parseFile(text, transport, text.slice(transport.length + 1));
  return parseRegistryReference(text);
}

/**
 * LinuxKit's expansion: `x` is `docker.io/library/x`, `a/b` is `docker.io/a/b` unless `a` is a host, three and
 * more parts stay. No tag is added. Text with a transport stays too.
 */
export function expandReference(text: string): string {
  if (hasTransport(text)) return text;
  const parts = text.split('/');
  if (parts.length === 1) return `docker.io/library/${text}`;
  if (parts.length === 2 && !isHost(parts[0])) return `docker.io/${text}`;
  return text;
}

export function formatReference(reference: Reference): string {
  if (reference.transport !== 'registry') return reference.text;
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

export function parseRegistryReference(text: string): RegistryReference {
  const [named, ...digests] = expandReference(text).split('@');
  if (digests.length > 1) throw invalid(text, 'it has more than one @');
  const digest = digests.length === 1 ? parseDigest(digests[0]) : undefined;
  const slash = named.indexOf('/');
  const [registry, rest] = [named.slice(0, slash), named.slice(slash + 1)];
  const colon = rest.lastIndexOf(':');
  const [repository, tag] = colon === -1 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (!HOST.test(registry)) throw invalid(text, `${quote(registry)} is not a host name`);
  if (!REPOSITORY.test(repository)) throw invalid(text, `${quote(repository)} is not a repository name`);
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text, `${quote(tag)} is not a tag`);
  const chosen = tag ?? (digest ? undefined : 'latest');
  return {
    transport: 'registry',
    text,
    registry,
    repository,
    ...(chosen ? { tag: chosen } : {}),
    ...(digest ? { digest } : {}),
  };
}

function parseDaemon(text: string, rest: string): DaemonReference {
  if (isDigest(rest)) return { transport: 'docker-daemon', text, name: rest, imageID: rest };
  parseRegistryReference(rest);
  return { transport: 'docker-daemon', text, name: rest };
}

function parseFile(text: string, transport: FileReference['transport'], rest: string): FileReference {
  const at = rest.lastIndexOf('@');
  const digest = at !== -1 && isDigest(rest.slice(at + 1)) ? (rest.slice(at + 1) as Digest) : undefined;
  const location = digest ? rest.slice(0, at) : rest;
  // The colon of a Windows drive is part of the path.
  const colon = location.indexOf(':', /^[A-Za-z]:[\\/]/.test(location) ? 2 : 0);
  const path = colon === -1 ? location : location.slice(0, colon);
  const name = colon === -1 ? undefined : location.slice(colon + 1);
  if (path === '' || path.includes('\0')) throw invalid(text, 'it has no path');
  return { transport, text, path, ...(name ? { name } : {}), ...(digest ? { digest } : {}) };
}

function hasTransport(text: string): boolean {
  return ['docker-daemon', ...FILE_TRANSPORTS].some((name) => text.startsWith(`${name}:`));
}

function isHost(part: string): boolean {
  return part.includes('.') || part.includes(':') || part === 'localhost';
}

function invalid(text: string, why: string): OciError {
  return new OciError('invalid-reference', `expected an image reference, got ${quote(text)}: ${why}`, {
    hint: 'Write it as name, name:tag, host/name:tag or name@sha256:<64 hex digits>.',
  });
}

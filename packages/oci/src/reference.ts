import { OciError } from './error.js';
import { isDigest, parseDigest, quote, type Digest } from './digest.js';

/** An image in a registry. */
export interface RegistryReference {
  readonly transport: 'registry';
  /** The reference as the user wrote it. */
  readonly text: string;
  /** `docker.io`, `localhost:5000`. */
  readonly registry: string;
  /** `library/nginx`. */
  readonly repository: string;
  /** `latest` if the text has neither tag nor digest. */
  readonly tag?: string;
  /** Takes precedence over the tag. */
  readonly digest?: Digest;
}

/** An image in a Docker daemon. */
export interface DaemonReference {
  readonly transport: 'docker-daemon';
  /** The reference as the user wrote it. */
  readonly text: string;
  /** The name or image ID that the daemon is asked for. */
  readonly name: string;
  /** Set if the reference pins the image by its ID. */
  readonly imageID?: Digest;
}

/** An image in an OCI image layout or in an archive. */
export interface FileReference {
  readonly transport: 'oci' | 'oci-archive' | 'docker-archive';
  /** The reference as the user wrote it. */
  readonly text: string;
  /** Path of the layout or archive; a relative one starts from `SourceOptions.base`. */
  readonly path: string;
  /** A tag or a whole name, where the file holds several images. */
  readonly name?: string;
  readonly digest?: Digest;
}

/** Where an image is, told apart by `transport`. */
export type Reference = RegistryReference | DaemonReference | FileReference;

// The grammar of https://github.com/distribution/reference: path component, tag, host name with an optional port.
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;
const LENGTH_LIMIT = 1024;
const FILE_TRANSPORTS = ['oci', 'oci-archive', 'docker-archive'] as const;

/**
 * Reads a reference: `transport:rest` as in containers-transports(5), or without a transport an image in a
 * registry. Throws `invalid-reference` or `invalid-digest`.
 */
export function parseReference(text: string): Reference {
  if (text.length > LENGTH_LIMIT) throw invalid(text, `it is longer than ${LENGTH_LIMIT} characters`);
  if (text.startsWith('docker-daemon:')) return parseDaemon(text, text.slice('docker-daemon:'.length));
  const transport = FILE_TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport) return parseFile(text, transport, text.slice(transport.length + 1));
  return parseRegistryReference(text);
}

/**
 * Adds the registry that LinuxKit adds: `x` becomes `docker.io/library/x`, and `a/b` becomes `docker.io/a/b`
 * unless `a` is a host. Text of three or more parts and text with a transport stay as they are. No tag is added.
 */
export function expandReference(text: string): string {
  if (hasTransport(text)) return text;
  const parts = text.split('/');
  if (parts.length === 1) return `docker.io/library/${text}`;
  if (parts.length === 2 && !isHost(parts[0])) return `docker.io/${text}`;
  return text;
}

/** Writes a registry reference in full, with its registry, tag and digest; any other as the user wrote it. */
export function formatReference(reference: Reference): string {
  if (reference.transport !== 'registry') return reference.text;
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`;
}

/** Reads a reference to an image in a registry; throws `invalid-reference` or `invalid-digest`. */
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
  // A Windows path has a colon behind its drive letter.
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

import { expandReference, type Reference } from '@nx-linuxkit/oci/reference';
import { FormatError, quote } from '../json.js';

/** Other names of Docker Hub: a reference must not escape its rule by using one of them. */
const HUB = ['index.docker.io', 'registry-1.docker.io'];

/**
 * The one spelling of an image's name that rules are compared with, without tag and digest:
 * `docker.io/library/nginx`. Host names are in lower case and without the default port.
 */
export function imageName(reference: Reference): string {
  if (reference.transport !== 'registry') return reference.text;
  return `${hostName(reference.registry)}/${reference.repository}`;
}

/**
 * A prefix in the same spelling: `nginx` is `docker.io/library/nginx`, `linuxkit/` is `docker.io/linuxkit/`, `ghcr.io`
 * is `ghcr.io/`. Throws `FormatError` for a tag or a digest, as a rule is about a repository.
 */
export function normalisePrefix(text: string): string {
  if (/^(?:docker-daemon|docker-archive|oci|oci-archive):/.test(text)) return text;
  if (!/^[A-Za-z0-9._:[\]/-]+$/.test(text) || text.startsWith('/') || text.includes('//')) {
    throw new FormatError(`expected the start of image references, such as ghcr.io/org/, got ${quote(text)}`);
  }
  if (/:[^/]*$/.test(text)) {
    throw new FormatError(
      `expected a prefix without a tag, or a host with a slash at its end, got ${quote(text)}`,
    );
  }
  const isHost = !text.includes('/') && /\.|^localhost$/.test(text);
  const isFolder = isHost || text.endsWith('/');
  const path = isHost ? text : text.replace(/\/$/, '');
  const expanded = isFolder ? expandReference(`${path}/x`).slice(0, -1) : expandReference(path);
  const slash = expanded.indexOf('/');
  const [host, rest] = [expanded.slice(0, slash), expanded.slice(slash + 1)];
  if (/[A-Z]/.test(rest)) {
    throw new FormatError(`expected a repository in lower case, as all are, got ${quote(text)}`);
  }
  return `${hostName(host)}/${rest}`;
}

/** True if the prefix ends where a part of the name ends: `ghcr.io/org` does not stand for `ghcr.io/organisation`. */
export function hasPrefix(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  return name.length === prefix.length || /[/:]$/.test(prefix) || name[prefix.length] === '/';
}

function hostName(registry: string): string {
  const host = registry.toLowerCase().replace(/:443$/, '');
  return HUB.includes(host) ? 'docker.io' : host;
}

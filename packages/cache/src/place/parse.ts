import { fileURLToPath } from 'node:url';
import { parseRegistryReference } from '@nx-linuxkit/oci';
import { CacheError } from '../error.js';
import { FolderPlace } from './folder.js';
import type { Place } from './place.js';
import { RegistryPlace, type RegistryOptions } from './registry.js';

const OCI = 'oci://';

/** Opens the place that a URL names: `oci://host/repository` or `file:///folder`. Throws `bad-place`. */
export function openPlace(url: string, options: RegistryOptions): Place {
  if (url.startsWith('file://')) return new FolderPlace(folderOf(url));
  const reference = url.startsWith(OCI) ? referenceOf(url.slice(OCI.length), url) : undefined;
  if (!reference) throw badPlace(url);
  return new RegistryPlace(reference, options);
}

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw badPlace(url, cause);
  }
}

function referenceOf(text: string, url: string) {
  const [host] = text.split('/');
  // A name without a host would be one of Docker Hub, which nobody means here.
  if (!text.includes('/') || !/[.:]|^localhost$/.test(host) || /[@]|:[^/]*$/.test(text.slice(host.length))) {
    return undefined;
  }
  try {
    return parseRegistryReference(text);
  } catch (cause) {
    throw badPlace(url, cause);
  }
}

function badPlace(url: string, cause?: unknown): CacheError {
  return new CacheError(
    'bad-place',
    `expected oci://host/repository or file:///folder, got ${JSON.stringify(url)}`,
    {
      hint: 'Write it as --to oci://registry.example/acme/nx-cache; a repository has no tag here.',
      cause,
    },
  );
}

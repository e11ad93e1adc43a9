import { expandReference, type OsSpec } from '@nx-linuxkit/spec';
import { referenceName } from './reference-name.js';
import { referencesOf } from './references.js';

/** The references of the YAML that `trust` names. */
export function trustedReferences(os: OsSpec): string[] {
  return referencesOf(os).filter((reference) => isTrusted(os, reference));
}

/**
 * True if `trust` names a reference: by an image with or without its tag, or by what a name begins with. `nginx` and
 * `docker.io/library/nginx` are one name, so that no image escapes by another spelling.
 */
export function isTrusted({ trust }: OsSpec, reference: string): boolean {
  const name = referenceName(reference);
  const spellings = [reference, name, expandReference(reference), expandReference(name)];
  return (
    trust.image.some((image) => spellings.includes(image) || spellings.includes(expandReference(image))) ||
    trust.org.some((org) => name.split('/')[0] === org || expandReference(name).startsWith(prefixOf(org)))
  );
}

/** `linuxkit` is `docker.io/linuxkit/`, `ghcr.io/team` is `ghcr.io/team/`. */
function prefixOf(org: string): string {
  return expandReference(`${org}/x`).slice(0, -1);
}

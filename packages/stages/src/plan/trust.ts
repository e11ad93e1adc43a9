import type { OsSpec } from '@nx-linuxkit/spec';
import { referenceName } from './reference-name.js';
import { referencesOf } from './references.js';

/** The references that `trust` names: by an image with or without its tag, or by the first part of a name. */
export function trustedReferences(os: OsSpec): string[] {
  return referencesOf(os).filter((reference) => {
    const name = referenceName(reference);
    return (
      os.trust.image.some((image) => image === reference || image === name) ||
      os.trust.org.includes(name.split('/')[0])
    );
  });
}

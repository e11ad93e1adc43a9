import type { OsSpec } from '@nx-linuxkit/spec';
import { referencesOf } from './references.js';

/** The references that `trust` names: an image with or without its tag, or the first part of a name. */
export function trustedReferences(os: OsSpec): string[] {
  return referencesOf(os).filter((reference) => {
    const name = reference.replace(/[:@][^/]*$/, '');
    return (
      os.trust.image.some((image) => image === reference || image === name) ||
      os.trust.org.includes(name.split('/')[0])
    );
  });
}

import { parseRegistryReference, referenceOfUrl } from '@nx-linuxkit/oci';
import { StageError } from '../../error.js';

/** A system of a registry. */
export interface SystemReference {
  readonly reference: string;
  /** What names of its files begin with. */
  readonly name: string;
  /** Whether the reference names a digest, so that it stands for the same bytes at all times. */
  readonly isPinned: boolean;
}

/** The name of a system in a registry: `my-os`, for `registry.example/systems/my-os:1.0`. Throws OciError. */
export function systemName(reference: string): string {
  return parseRegistryReference(reference).repository.split('/').at(-1) as string;
}

/**
 * Reads the URL of a system, such as `oci://registry.example/systems/my-os:1.0`. Throws StageError `bad-option` for a text of
 * another form, and OciError for what is no reference.
 */
export function readSystemUrl(url: string): SystemReference {
  const reference = referenceOfUrl(url);
  if (reference === undefined) {
    throw new StageError('bad-option', `expected the URL of a system, got ${JSON.stringify(url)}`, {
      hint: 'Write oci:// and the reference: oci://registry.example/systems/my-os:1.0.',
    });
  }
  const { digest } = parseRegistryReference(reference);
  return { reference, name: systemName(reference), isPinned: digest !== undefined };
}

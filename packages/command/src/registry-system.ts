import { parseRegistryReference } from '@nx-linuxkit/oci';

/** What a system in a registry is named by, in the place of a path. */
const REGISTRY_PREFIX = 'oci://';

/** The reference of a system in a registry, for `oci://registry.example/systems/my-os:1.0`; undefined for a path. */
export function systemReference(given: string): string | undefined {
  return given.startsWith(REGISTRY_PREFIX) ? given.slice(REGISTRY_PREFIX.length) : undefined;
}

/** The name of a system in a registry: `my-os`, for `registry.example/systems/my-os:1.0`. Throws OciError. */
export function systemName(reference: string): string {
  return parseRegistryReference(reference).repository.split('/').at(-1) as string;
}

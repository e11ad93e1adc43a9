import { formatReference, type Digest, type RegistryReference } from '@nx-linuxkit/oci';

/** An image as a lock pins it. */
export interface LockedReference {
  readonly reference: RegistryReference;
  /** Digest of the manifest for one platform. */
  readonly digest: Digest;
  /** Digest of the index that the manifest was chosen from. */
  readonly index?: Digest;
}

/** `ghcr.io/org/app:1@sha256:…`. */
export function formatImage({ reference, digest }: LockedReference): string {
  return formatReference({ ...reference, digest });
}

import { formatReference, type Digest, type Reference } from '@nx-linuxkit/oci';

/** An image as a lock pins it. */
export interface LockedReference {
  /** One to a Docker daemon or a file has no place for signatures; its rule can only be an action. */
  readonly reference: Reference;
  /** Digest of the manifest for one platform. */
  readonly digest: Digest;
  /** Digest of the index that the manifest was chosen from. */
  readonly index?: Digest;
}

/** `ghcr.io/org/app:1@sha256:…`. */
export function formatImage({ reference, digest }: LockedReference): string {
  if (reference.transport !== 'registry') return `${reference.text}@${digest}`;
  return formatReference({ ...reference, digest });
}

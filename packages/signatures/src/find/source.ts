import type { Repository } from '@nx-linuxkit/oci/registry';

/** The part of a repository that a search for signatures reads. */
export type SignatureSource = Pick<Repository, 'name' | 'manifest' | 'referrers' | 'blob'>;

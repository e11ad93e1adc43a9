import type { Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import type { Environment, Log } from '../environment.js';
import { readSigningKey, signDigest } from '../sign/index.js';
import type { SignWith } from './sign-with.js';

/** Signs manifests that are in a repository. */
export type Sign = (repository: Repository, digests: readonly Digest[]) => Promise<void>;

/** Reads the key at once, so that a key that cannot be read is known before anything is built or sent. */
export async function signer(
  { workspaceRoot }: Pick<Environment, 'workspaceRoot'>,
  { key: from, form = 'tag' }: SignWith,
  log: Log,
): Promise<Sign> {
  const key = await readSigningKey(workspaceRoot, from);
  return async (repository, digests) => {
    for (const digest of digests) log(`sign ${await signDigest(repository, digest, key, form)}`);
  };
}

import { OciError, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';

/** The digest that a tag stands for; undefined for a tag that the repository lacks. Throws OciError. */
export async function digestOfTag(
  repository: Pick<Repository, 'manifest'>,
  tag: string,
): Promise<Digest | undefined> {
  try {
    return (await repository.manifest(tag)).digest;
  } catch (error) {
    if (error instanceof OciError && error.code === 'not-found') return undefined;
    throw error;
  }
}

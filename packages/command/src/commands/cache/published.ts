import { OciError, type NamedImage } from '@nx-linuxkit/oci';
import { Sources, type Environment } from '@nx-linuxkit/stages/standalone';

/**
 * Lets `use` ask whether an image may be removed: any one, or with `publishedOnly` those whose registry has the same bytes
 * under the same name.
 */
export async function withPublished(
  environment: Environment,
  publishedOnly: boolean,
  use: (mayGo: (image: NamedImage) => Promise<boolean>) => Promise<void>,
): Promise<void> {
  if (!publishedOnly) return use(async () => true);
  const sources = new Sources(environment);
  try {
    await use((image) => isPublished(sources, image));
  } finally {
    await sources.close();
  }
}

async function isPublished(sources: Sources, { name, digest }: NamedImage): Promise<boolean> {
  const source = await sources.open(name);
  try {
    return (await source.identify()) === digest;
  } catch (error) {
    if (error instanceof OciError) return false;
    throw error;
  } finally {
    await source.close();
  }
}

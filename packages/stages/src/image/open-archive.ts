import { OciError, parsePlatform, type ImageSource } from '@nx-linuxkit/oci';
import { parseOciImage, type OciImage } from '../layers/oci-image.js';
import type { ImageNode } from '../plan/image-node.js';

/**
 * The image in the archive that the stage has written; undefined for an archive that is damaged, and is made again. The
 * digest binds all that is read of it: its manifest, and by that its config and layers.
 */
export async function openArchive(
  { image, source }: { readonly image: ImageNode; readonly source: () => Promise<ImageSource> },
  digest: string,
): Promise<OciImage | undefined> {
  const resolved = await (await source()).resolve(parsePlatform(image.platform)).catch(ignoreDamage);
  if (resolved?.digest !== digest) return undefined;
  return parseOciImage(resolved.digest, resolved.manifest, resolved.config, image.id);
}

function ignoreDamage(error: unknown): undefined {
  if (!(error instanceof OciError)) throw error;
  return undefined;
}

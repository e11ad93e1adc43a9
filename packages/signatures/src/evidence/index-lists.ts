import { digestOf, OciError, parseIndex, type Digest } from '@nx-linuxkit/oci';

/**
 * True if the bytes are the index with this digest, and list the manifest: only then a signature of the index is one
 * of the image. A lock that names some signed index beside another image must not pass.
 */
export function indexLists(bytes: Buffer, index: Digest, manifest: Digest): boolean {
  if (digestOf(bytes) !== index) return false;
  try {
    return parseIndex(bytes).manifests.some(({ digest }) => digest === manifest);
  } catch (error) {
    if (error instanceof OciError) return false;
    throw error;
  }
}

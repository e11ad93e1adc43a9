import { OciError, openImageSource, parseReference } from '@nx-linuxkit/oci';
import type { OsPlan } from '../plan/os-plan.js';
import { referencesOf } from '../plan/references.js';

/**
 * The references whose name stands for another image in a Docker daemon now than the lock pins: the image was built
 * anew. A daemon that does not answer, or that no longer has the name, moves nothing: what is locked can still be
 * built.
 */
export async function movedImages(workspaceRoot: string, plan: OsPlan): Promise<string[]> {
  const moved = await Promise.all(
    referencesOf(plan.os).map(async (reference) => {
      const { source: image } = plan.imageOf(reference);
      if (image.kind !== 'pulled' || !image.imageID) return [];
      const source = await openImageSource(parseReference(image.from), { base: workspaceRoot });
      try {
        return (await source.identify()) === image.imageID ? [] : [reference];
      } catch (error) {
        if (error instanceof OciError) return [];
        throw error;
      } finally {
        await source.close();
      }
    }),
  );
  return moved.flat();
}

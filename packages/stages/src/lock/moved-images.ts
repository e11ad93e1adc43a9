import { OciError, openImageSource, parseReference } from '@nx-linuxkit/oci';
import type { Environment } from '../environment.js';
import type { OsPlan } from '../plan/os-plan.js';
import { referencesOf } from '../plan/references.js';

/**
 * Images of a Docker daemon whose name stands for another image there than the lock pins: they were built anew.
 * A daemon that is not there, or that no longer has the name, says nothing: what is locked can still be built.
 */
export async function movedImages({ workspaceRoot: base }: Environment, plan: OsPlan): Promise<string[]> {
  const moved = await Promise.all(
    referencesOf(plan.os).map(async (reference) => {
      const { source: image } = plan.imageOf(reference);
      if (image.kind !== 'pulled' || !image.imageID) return [];
      const source = await openImageSource(parseReference(image.from), { base });
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

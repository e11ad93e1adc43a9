import { loaderNames } from '@nx-linuxkit/formats';
import { planFormat } from '../../plan/format-plan.js';
import type { ImageNode } from '../../plan/image-node.js';
import type { OsPlan } from '../../plan/os-plan.js';

/** The loaders that the formats of a system need. */
export function loadersIn(plan: OsPlan): { name: string; format: string; image: ImageNode }[] {
  return plan.outputs.flatMap((format) => {
    const needed = planFormat(plan, format).loaders;
    if (needed.length === 0) return [];
    return loaderNames.flatMap((name) => {
      const loader = plan.loaders.get(name);
      const isNeeded = 'image' in loader && needed.some(({ id }) => id === loader.image.id);
      return isNeeded ? [{ name, format, image: loader.image }] : [];
    });
  });
}

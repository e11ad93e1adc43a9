import { expandReference } from '@nx-linuxkit/spec';
import { referenceName } from '../plan/reference-name.js';
import { referencesOf } from '../plan/references.js';
import type { OsInputs } from '../plan/read-plan.js';

/**
 * Says in one line where the images of an OS file come from by the option `images`: each folder of packages and each
 * registry with the images that it gives.
 */
export function describePlaces(file: string, systems: readonly OsInputs[]): string {
  const places = new Map<string, Set<string>>();
  for (const { os, map, lock } of systems) {
    for (const reference of referencesOf(os)) {
      const [locked] = Object.values(lock.images[reference] ?? {});
      const [place, image] = split(map.target(reference, locked));
      places.set(place, (places.get(place) ?? new Set()).add(image));
    }
  }
  const parts = [...places].map(([place, images]) => `${place} has ${[...images].join(', ')}`);
  return `lock ${file}: ${parts.join('; ')}`;
}

/** `@pkg:@nx-linuxkit/images/init` is `init` of `@pkg:@nx-linuxkit/images`; a registry has no tags here. */
function split(target: string): [place: string, image: string] {
  const name = referenceName(expandReference(target));
  const at = name.lastIndexOf('/');
  return at < 0 ? ['this machine', name] : [name.slice(0, at), name.slice(at + 1)];
}

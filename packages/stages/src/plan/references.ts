import type { Where } from '@nx-linuxkit/errors';
import { SECTIONS, type DocumentPath, type OsSpec } from '@nx-linuxkit/spec';
import { loadersFor } from './format-plan.js';
import { isPackage, type ReferenceMap } from './reference-map.js';
import type { Settings } from './settings.js';

/** Every place of the YAML that names an image, in LinuxKit's order. */
function places(os: OsSpec): [string | undefined, DocumentPath][] {
  return [
    [os.kernel?.image, ['kernel', 'image']],
    ...os.init.map((image, i): [string, DocumentPath] => [image, ['init', i]]),
    ...os.volumes.map(({ image }, i): [string | undefined, DocumentPath] => [image, ['volumes', i, 'image']]),
    ...SECTIONS.flatMap((section) =>
      os[section].map(({ image }, i): [string, DocumentPath] => [image, [section, i, 'image']]),
    ),
  ];
}

/** The references of a system in LinuxKit's order, each once. */
export function referencesOf(os: OsSpec): string[] {
  return [...new Set(places(os).flatMap(([reference]) => reference || []))];
}

/**
 * The references that the lock pins for a platform: those of the YAML, and those of loaders that the settings name
 * and a format needs on that platform. References that stand for a package of the workspace are not locked.
 */
export function referencesToLock(
  os: OsSpec,
  { loaders = {} }: Pick<Settings, 'loaders'>,
  map: ReferenceMap,
  platform: string,
): string[] {
  const named = loadersFor(platform).flatMap((name) => loaders[name] ?? []);
  return [...new Set([...referencesOf(os), ...named])].filter(
    (reference) => !isPackage(map.target(reference)),
  );
}

/** Where a reference is first written. */
export function whereIs(os: OsSpec, reference: string): Where {
  const place = places(os).find(([written]) => written === reference);
  return os.where(place?.[1] ?? []);
}

/** Where a reference that the lock pins is first written: in the YAML, or in the option `loaders`. */
export function whereIsPinned(os: OsSpec, reference: string): Where {
  return referencesOf(os).includes(reference) ? whereIs(os, reference) : { file: 'nx.json' };
}

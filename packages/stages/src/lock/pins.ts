import type { LockedImage } from '@nx-linuxkit/oci';
import type { OsSpec } from '@nx-linuxkit/spec';
import type { OsSource } from '../plan/identify.js';
import { readPlan, readVariants, type OsInputs } from '../plan/read-plan.js';
import { referencesToLock } from '../plan/references.js';
import type { Settings } from '../plan/settings.js';

/** A reference that a system of an OS file needs for a platform. */
export interface Pin extends Pick<OsInputs, 'os' | 'map'> {
  readonly reference: string;
  readonly platform: string;
}

/** Pinned images by reference, then by platform, as a lock has them. */
export type Images = Record<string, Record<string, LockedImage>>;

/** Reads every system that an OS file describes: they share its lock. Throws SpecError. */
export function readSystems(workspaceRoot: string, source: OsSource, settings: Settings): OsInputs[] {
  return readVariants(workspaceRoot, source).map((variant) =>
    readPlan(workspaceRoot, { ...source, variant }, settings),
  );
}

/** What the systems of a file need, each reference once for a platform. `further` is a platform beside theirs. */
export function pinsOf(systems: readonly OsInputs[], settings: Settings, further?: string): Pin[] {
  const pins = systems.flatMap(({ os, map }) =>
    platformsOf(os, further).flatMap((platform) =>
      referencesToLock(os, settings, map, platform).map((reference) => ({ reference, platform, os, map })),
    ),
  );
  return [...new Map(pins.map((pin) => [JSON.stringify([pin.reference, pin.platform]), pin])).values()];
}

/** The platforms of a system, and a further one. */
export function platformsOf(os: OsSpec, further?: string): string[] {
  return [...new Set([...os.platforms, ...(further ? [further] : [])])];
}

/**
 * The images of some pins: what was resolved, else what is known. References that no system names any more are dropped, as
 * npm prunes its lock.
 */
export function imagesOf(
  pins: readonly Pin[],
  known: Readonly<Record<string, Readonly<Record<string, LockedImage>>>>,
  resolved: readonly (Pin & { readonly image: LockedImage })[],
): Images {
  const images: Images = {};
  for (const { reference, platform } of pins) {
    const image = known[reference]?.[platform];
    images[reference] = { ...images[reference], ...(image && { [platform]: image }) };
  }
  for (const { reference, platform, image } of resolved) images[reference][platform] = image;
  return images;
}

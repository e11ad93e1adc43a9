import type { Mirror } from '@nx-linuxkit/debian';
import type { Settings } from './plan/settings.js';

/** The mirror of the settings; undefined leaves the choice to the environment and to apt's configuration. */
export async function configuredMirrors({ debianMirror }: Settings): Promise<readonly Mirror[] | undefined> {
  if (debianMirror === undefined) return undefined;
  const { findMirrors } = await import('@nx-linuxkit/debian');
  return findMirrors({ mirror: debianMirror });
}

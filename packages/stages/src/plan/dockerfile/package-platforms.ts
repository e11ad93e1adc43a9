import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import type { Settings } from '../settings.js';
import type { DockerfilePackage } from './dockerfile-package.js';

/** The platforms that a package is built for when no system says which: those of the option that its `arches` has. */
export function packagePlatforms(
  found: Pick<DockerfilePackage, 'arches'> | undefined,
  { packages = {} }: Pick<Settings, 'packages'>,
): string[] {
  const { platforms = [DEFAULT_PLATFORM] } = packages;
  return platforms.filter((platform) => found?.arches.includes(platform.split('/')[1]) ?? true);
}

import { nearest } from '@nx-linuxkit/errors';
import type { OsSpec } from '@nx-linuxkit/spec';
import { StageError } from '../error.js';

/** Platforms that packages are made for: `ARCHITECTURES` of the package debian, which inference does not load. */
export const PACKAGE_PLATFORMS: readonly string[] = ['linux/amd64', 'linux/arm64'];

/**
 * Refuses a platform that no package is made for, at its place in the YAML: otherwise each package of the system would fail
 * with an error of its own. Throws StageError `unsupported`.
 */
export function checkPackagePlatform(reference: string, platform: string, os: OsSpec): void {
  const [name, architecture] = platform.split('/');
  if (PACKAGE_PLATFORMS.includes(`${name}/${architecture}`)) return;
  const index = os.platforms.indexOf(platform);
  const meant = nearest(platform, PACKAGE_PLATFORMS);
  throw new StageError(
    'unsupported',
    `packages such as ${reference} are made for ${PACKAGE_PLATFORMS.join(' and ')}, not for ${platform}`,
    {
      where: os.where(['platforms', Math.max(index, 0)]),
      hint: meant === undefined ? 'Use images of a registry for this platform.' : `Did you mean ${meant}?`,
    },
  );
}

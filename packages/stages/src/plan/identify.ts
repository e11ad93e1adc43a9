import { posix } from 'node:path';
import { DEFAULT_PLATFORM } from './os-plan.js';
import type { OsIdentity } from './plan-os.js';
import { platformWord, type OsFile } from './project-name.js';

/**
 * The identity of one OS file for one platform. The plain `linuxkit.yml` for its first platform is the
 * folder's own project; a variant and a further platform are projects of their own beside it, at a virtual
 * root, because Nx merges two projects of one root.
 */
export function identify(
  { file, folder, variant }: OsFile,
  folderName: string,
  platform: string = DEFAULT_PLATFORM,
  firstPlatform: string = DEFAULT_PLATFORM,
): OsIdentity {
  const second = platform === firstPlatform ? undefined : platformWord(platform);
  const suffixes = [variant, second].filter((part): part is string => part !== undefined);
  const name = [folderName, ...suffixes].join('-');
  return {
    name,
    file,
    root: suffixes.length === 0 ? folder : posix.join('.linuxkit/os', folder, ...suffixes),
    dist: posix.join('dist', folder, ...suffixes),
    platform,
  };
}

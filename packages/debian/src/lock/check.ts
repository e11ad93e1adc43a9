import type { Architecture } from '../architecture.js';
import { contentsFor } from '../contents/build.js';
import type { Build } from '../contents/model.js';
import { DebianError } from '../errors.js';
import type { LockedArchitecture, PackageLock } from './lock.js';
import { selectionDigest } from './selection.js';

/**
 * Returns the locked packages for an architecture. Throws `stale-lock` if the lock was made from another selection than
 * this build.yml has, and `bad-build` if build.yml excludes the architecture. `relock` is the
 * command that pins the packages anew, for the hint.
 */
export function checkLock(
  build: Build,
  lock: PackageLock,
  architecture: Architecture,
  relock?: string,
): LockedArchitecture {
  const hint = relock === undefined ? 'Lock the package again.' : `Run \`${relock}\`.`;
  if (!build.arches.includes(architecture)) {
    throw new DebianError(
      'bad-build',
      `${build.image} is not built for ${architecture}, only for ${build.arches.join(', ')}`,
      { where: { file: build.file } },
    );
  }
  const locked = lock.architectures[architecture];
  if (!locked)
    throw new DebianError('stale-lock', `the lock of ${build.image} has nothing for ${architecture}`, {
      hint,
    });
  if (locked.selection !== selectionDigest(contentsFor(build, architecture))) {
    throw new DebianError(
      'stale-lock',
      `${build.file} selects other packages than its lock pins for ${architecture}`,
      { hint },
    );
  }
  return locked;
}

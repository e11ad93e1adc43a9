import type { Architecture } from '../architecture.js';
import { contentsFor } from '../contents/build.js';
import type { Build } from '../contents/model.js';
import { DebianError } from '../errors.js';
import { LOCK_AGAIN } from './lock.js';
import type { LockedArchitecture, PackageLock } from './lock.js';
import { selectionDigest } from './selection.js';

/** Throws `bad-build` if build.yml excludes the architecture. */
export function checkArchitecture(build: Build, architecture: Architecture): void {
  if (build.arches.includes(architecture)) return;
  throw new DebianError(
    'bad-build',
    `${build.image} is not built for ${architecture}, only for ${build.arches.join(', ')}`,
    { where: { file: build.file } },
  );
}

/**
 * Returns the locked packages for an architecture. Throws `stale-lock` with the hint `relock` if the lock was made from
 * another selection than this build.yml has, and `bad-build` if build.yml excludes the architecture.
 */
export function checkLock(
  build: Build,
  lock: PackageLock,
  architecture: Architecture,
  relock = LOCK_AGAIN,
): LockedArchitecture {
  checkArchitecture(build, architecture);
  const locked = lock.architectures[architecture];
  if (!locked)
    throw new DebianError('stale-lock', `the lock of ${build.image} has nothing for ${architecture}`, {
      hint: relock,
    });
  if (locked.selection !== selectionDigest(contentsFor(build, architecture))) {
    throw new DebianError(
      'stale-lock',
      `${build.file} selects other packages than its lock pins for ${architecture}`,
      { hint: relock },
    );
  }
  return locked;
}

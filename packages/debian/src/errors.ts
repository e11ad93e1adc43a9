import { Fault } from '@nx-linuxkit/errors';

export type DebianErrorCode =
  /** No Debian mirror in the options, the environment or apt's configuration. */
  | 'no-mirror'
  /** Every mirror failed to answer. */
  | 'mirror-failed'
  /** The mirror no longer has a pinned .deb. */
  | 'version-gone'
  /** Bytes differ from the digest or size that pinned them. */
  | 'digest-mismatch'
  /** InRelease is not signed by a key of the Debian archive. */
  | 'bad-signature'
  /** Release, Packages or a .deb is not what its format says. */
  | 'bad-format'
  /** No package of this name in the suite. */
  | 'unknown-package'
  /** A dependency that no package of the suite satisfies. */
  | 'unsatisfiable'
  /** A file or library that no package of the selection holds. */
  | 'missing-file'
  /** Two packages hold different files at one path. */
  | 'file-conflict'
  /** build.yml is not valid. */
  | 'bad-build'
  /** build.lock.json is missing or not valid. */
  | 'bad-lock'
  /** build.yml selects other packages than build.lock.json pins. */
  | 'stale-lock';

/** What this package throws when the user, the mirror or a package is at fault. */
export class DebianError extends Fault<DebianErrorCode> {}

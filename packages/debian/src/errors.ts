import { Fault } from '@nx-linuxkit/errors';

/** The codes of `DebianError`. */
export type DebianErrorCode =
  /** The options, the environment and apt's configuration name no Debian mirror. */
  | 'no-mirror'
  /** No mirror answered, or none has a file of its own index. */
  | 'mirror-failed'
  /** No mirror has a pinned .deb any more. */
  | 'version-gone'
  /** Bytes differ from the pinned digest or size. */
  | 'digest-mismatch'
  /** No key of the Debian archive signed InRelease. */
  | 'bad-signature'
  /** An optional package is not installed. */
  | 'missing-package'
  /** Release, Packages or a .deb is not what its format says. */
  | 'bad-format'
  /** The suite has no package of this name. */
  | 'unknown-package'
  /** No package of the suite satisfies a dependency. */
  | 'unsatisfiable'
  /** No package of the selection holds a file or library. */
  | 'missing-file'
  /** Two packages have a file at the same path. */
  | 'file-conflict'
  /** build.yml is not valid. */
  | 'bad-build'
  /** build.lock.json is missing or not valid. */
  | 'bad-lock'
  /** build.yml selects other packages than build.lock.json pins. */
  | 'stale-lock';

/** An error of the user, a mirror or a Debian package. Errors of the store are those of its own package. */
export class DebianError extends Fault<DebianErrorCode> {}

/**
 * What `build` tells of an OS, so that it need not read the plan again. It stands in the target's
 * metadata: options are hashed into every task of the project, and a new entry in `outputs` must not re-run the others.
 */
export interface BuildFacts {
  readonly formats: readonly string[];
  /** References whose signatures nobody verifies yet. */
  readonly trusted: readonly string[];
  /** A tag may have moved in a Docker daemon, which inference does not ask. */
  readonly asksDocker: boolean;
}

export const BUILD_FACTS = 'linuxkit';

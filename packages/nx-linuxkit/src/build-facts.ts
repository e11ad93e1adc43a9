/**
 * The part of the plan that the target `build` reports, so that `build` does not read the plan again. Inference
 * stores it in the target's metadata, not in its options: Nx hashes options into every task of the project, so a
 * new entry in `outputs` would re-run the other formats.
 */
export interface BuildFacts {
  /** Names of the formats that `build` makes. */
  readonly formats: readonly string[];
  /** References that `trust` names. Their signatures are not verified yet, which `build` says. */
  readonly trusted: readonly string[];
  /** Whether an image comes from a Docker daemon. Its tag may have moved, and inference does not ask the daemon. */
  readonly asksDocker: boolean;
}

/** The key of the target's metadata that holds the `BuildFacts`. */
export const BUILD_FACTS = 'linuxkit';

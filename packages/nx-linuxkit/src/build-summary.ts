import type { TargetConfiguration } from '@nx/devkit';

/**
 * What `build` says about a system without reading the plan again. Inference puts it into the target's metadata, not
 * into its options: those are hashed into every task of the project, and a new entry in `outputs` must not re-run the
 * others.
 */
export interface BuildSummary {
  readonly formats: readonly string[];
  /** The target of each format. */
  readonly targets: readonly string[];
  /** The file that lists images whose labels ask for control over the machine, relative to the workspace. */
  readonly privileged: string;
  /** References whose signatures nothing checks, and of which the build says so. */
  readonly unchecked: readonly string[];
  /** What inference has to say about the system. */
  readonly warnings?: readonly string[];
  /** True where a tag may have moved in a Docker daemon, which inference does not ask. */
  readonly asksDocker: boolean;
}

/** The key of the summary in the target's metadata. */
export const BUILD_SUMMARY = 'linuxkit';

/** What inference has to say about the system of a target. A system without a graph has this part of the summary alone. */
export function warningsOf({ metadata }: Pick<TargetConfiguration, 'metadata'> = {}): readonly string[] {
  const summary = (metadata as Record<string, unknown> | undefined)?.[BUILD_SUMMARY];
  return (summary as Partial<BuildSummary> | undefined)?.warnings ?? [];
}

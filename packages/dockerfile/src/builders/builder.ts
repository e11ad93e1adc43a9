import type { BaseImage } from '../image/base-image.js';
import type { Tree } from '@nx-linuxkit/tree';
import type { BuildPlan } from '../plan/plan.js';
import type { BuilderName } from './names.js';

/** What a builder gets. */
export interface BuilderRequest {
  readonly plan: BuildPlan;
  /** The build context. */
  readonly context: Tree;
  /** The images that the Dockerfile names. */
  image(reference: string, platform: string): Promise<BaseImage>;
  /** Whether RUN has a network. */
  readonly network: boolean;
  /** An empty folder of this build. */
  readonly folder: string;
  /** Takes the builder's log, line by line. */
  readonly log: (line: string) => void;
}

/** A program that can run the instruction RUN. */
export interface Builder {
  readonly name: BuilderName;
  /** Its name and version, for people. */
  readonly version: string;
  /**
   * Builds, and gives the archive of the image: `oci-archive:…` or `docker-archive:…`. Throws DockerfileError
   * `builder-failed` with the end of the log.
   */
  build(request: BuilderRequest): Promise<string>;
}

/** Looks for a builder: the builder, or what is missing. */
export type FindBuilder = () => Promise<Builder | string>;

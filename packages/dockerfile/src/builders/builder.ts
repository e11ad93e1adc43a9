import type { BaseImage } from '../image/base-image.js';
import type { Tree } from '@nx-linuxkit/tree';
import type { BuildPlan } from '../plan/plan.js';
import type { BuilderName } from './names.js';
import type { NewerForm } from './newer-forms.js';

/** What a builder gets. */
export interface BuilderRequest {
  readonly plan: BuildPlan;
  /** The build context. */
  readonly context: Tree;
  /** The images that the Dockerfile names. */
  image(reference: string, platform: string): Promise<BaseImage>;
  /** Whether RUN has a network. */
  readonly network: boolean;
  /** What RUN may read and no image may hold. */
  readonly access: Access;
  /** An empty folder of this build. */
  readonly folder: string;
  /** Takes the builder's log, line by line. */
  readonly log: (line: string) => void;
}

/**
 * What gives RUN access to other machines. It decides where bytes come from, as credentials of a registry do, so it is in no
 * key and in no image.
 */
export interface Access {
  /** Absolute paths of files by the ids of `--mount=type=secret`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Agents for `--mount=type=ssh`, as `default` or `id=path`. */
  readonly ssh: readonly string[];
  /** Variables of proxies, which RUN sees while it runs. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** No access to anything. */
export const NO_ACCESS: Access = { secrets: {}, ssh: [], proxies: {} };

/** A program that can run the instruction RUN. */
export interface Builder {
  readonly name: BuilderName;
  /** Its name and version, for people. */
  readonly version: string;
  /** Whether it knows a form of Dockerfiles that not every builder knows. */
  knows(form: NewerForm): boolean;
  /**
   * Builds, and gives the archive of the image: `oci-archive:…` or `docker-archive:…`. Throws DockerfileError
   * `builder-failed` with the end of the log.
   */
  build(request: BuilderRequest): Promise<string>;
}

/** Looks for a builder: the builder, or what is missing. */
export type FindBuilder = () => Promise<Builder | string>;

import type { HttpOptions } from '@nx-linuxkit/oci/http';
import type { ContextEntry } from '../context/list-context.js';
import type { BaseImage } from '../image/base-image.js';
import type { BuildPlan } from '../plan/plan.js';

/** What an image is built out of. */
export interface BuildInput {
  readonly plan: BuildPlan;
  readonly context: readonly ContextEntry[];
  /** The image that a reference of the plan stands for. */
  image(reference: string, platform: string): Promise<BaseImage>;
  /** Labels that are added to those of the Dockerfile, and win over them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** How the URLs of ADD are fetched. Default: as the environment's proxies say. */
  readonly http?: HttpOptions;
  /** Seconds since 1970: the time of all that is made, and the latest time of all that is copied. */
  readonly mtime: number;
}

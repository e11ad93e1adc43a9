import type { ShortIdentity } from '@nx-linuxkit/stages/plan';

/** Options of the executor. */
export interface PushOsOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** Where to push to: a reference with a tag, or a prefix that ends in `/`; or the name of a cloud. */
  readonly to?: string;
  /** Default: those that the YAML declares. */
  readonly format?: readonly string[];
  /** Signs with the key of the plugin option `sign`, or of its environment variable. */
  readonly sign?: boolean;
  /** Options of the cloud. Nx itself has an option `cloud`. */
  readonly with?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  readonly keepLast?: number;
  readonly unpush?: boolean;
}

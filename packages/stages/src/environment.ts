import type { Store } from '@nx-linuxkit/oci';
import type { Settings } from './plan/settings.js';

/** Where a pipeline works and whom it tells. */
export interface Environment {
  /** Absolute. */
  readonly workspaceRoot: string;
  readonly settings: Settings;
  readonly store: Store;
}

/** Tells what a stage did: one line each, without a line end. */
export type Log = (line: string) => void;

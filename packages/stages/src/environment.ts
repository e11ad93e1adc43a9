import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { Settings } from './plan/settings.js';

/** A workspace, its settings, and the store that its builds share. */
export interface Environment {
  /** Absolute path. */
  readonly workspaceRoot: string;
  readonly settings: Settings;
  readonly store: Store;
}

/** Takes one line about what a stage did, without a line end. */
export type Log = (line: string) => void;

/**
 * Gives the environment of a workspace. The store lies at `settings.store`, relative to the workspace, else in the
 * user's cache folder. Reads no file.
 */
export function openEnvironment(workspaceRoot: string, settings: Settings): Environment {
  const store = Store.open(settings.store && join(workspaceRoot, settings.store));
  return { workspaceRoot, settings, store };
}

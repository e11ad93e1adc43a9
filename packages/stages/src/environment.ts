import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { Settings } from './plan/settings.js';

/** A workspace, its settings, and the store that its builds share. */
export interface Environment {
  /** Absolute path. */
  readonly workspaceRoot: string;
  /** Absolute path of the folder that holds `.linuxkit` and `dist`. Default: the workspace. */
  readonly outputRoot?: string;
  readonly settings: Settings;
  readonly store: Store;
}

/** The folder below which the stages of an environment write. */
export function outputRootOf({
  workspaceRoot,
  outputRoot = workspaceRoot,
}: Pick<Environment, 'workspaceRoot' | 'outputRoot'>): string {
  return outputRoot;
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

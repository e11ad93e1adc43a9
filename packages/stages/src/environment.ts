import { join, resolve } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { ImageNode } from './plan/image-node.js';
import type { Settings } from './plan/settings.js';

/** A workspace, its settings, and the store that its builds share. */
export interface Environment {
  /** Absolute path. */
  readonly workspaceRoot: string;
  /** Absolute path of the folder that holds `.linuxkit` and `dist`. Default: the workspace. */
  readonly outputRoot?: string;
  /** Absolute path of the folder for images, packages and segments, where systems share it. Default: `outputRoot`. */
  readonly sharedRoot?: string;
  readonly settings: Settings;
  readonly store: Store;
  /** Whether what was built is kept for the target `why`. Default: true. */
  readonly keepsHistory?: boolean;
  /** What pins an image anew, as the beginning of a hint. Default: what helps without a command of Nx. */
  readonly repin?: (image: ImageNode) => string;
}

/** Says what pins an image anew: the beginning of a sentence that a hint ends. */
export function repinHint({ repin }: Pick<Environment, 'repin'>, image: ImageNode): string {
  return repin?.(image) ?? 'Remove its reference from the lock';
}

/** The folder below which the stages of an environment write. */
export function outputRootOf({
  workspaceRoot,
  outputRoot = workspaceRoot,
}: Pick<Environment, 'workspaceRoot' | 'outputRoot'>): string {
  return outputRoot;
}

/** Nodes that every system has alike: the folder names the image, and the key covers its bytes. */
const SHARED = /^\.linuxkit[\\/](images|packages|segment)[\\/]/;

/** The absolute path of what stages and formats write. A path that is absolute already stays as it is. */
export function outputPathIn(
  environment: Pick<Environment, 'workspaceRoot' | 'outputRoot' | 'sharedRoot'>,
  ...parts: string[]
): string {
  const path = join(...parts);
  return resolve(SHARED.test(path) ? sharedRootOf(environment) : outputRootOf(environment), path);
}

/** The folder below which images, packages and segments lie. */
export function sharedRootOf(
  environment: Pick<Environment, 'workspaceRoot' | 'outputRoot' | 'sharedRoot'>,
): string {
  return environment.sharedRoot ?? outputRootOf(environment);
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

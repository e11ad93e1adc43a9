import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { Environment } from '../environment.js';
import type { Settings } from '../plan/settings.js';
import { stageNames, stageVersion } from '../stages.js';

/** Where a build without a workspace keeps what it makes. */
export interface StandaloneOptions {
  /** Absolute path of the folder that relative paths start from. */
  readonly folder: string;
  /** Folder of the store. Default: the user's, as in a workspace. */
  readonly store?: string;
  readonly settings: Settings;
}

/** Hexadecimal digits that tell apart systems and sets of versions. */
const DIGITS = 16;

/** Opens the environment of commands that run without a workspace. Reads no file. */
export function openStandalone({ folder, store, settings }: StandaloneOptions): Environment {
  const opened = Store.open(store);
  return { workspaceRoot: folder, settings, store: opened, sharedRoot: outputsOf(opened, 'shared') };
}

/** The same environment with a folder of its own for the outputs of one system, so that no two builds share it. */
export function forSystem(environment: Environment, identity: readonly unknown[]): Environment {
  const name = digits(JSON.stringify([environment.workspaceRoot, ...identity]));
  return { ...environment, outputRoot: outputsOf(environment.store, name) };
}

/** The folder of the store that has all outputs of builds without a workspace. */
export const OUTPUTS = 'outputs';

/** Outputs of other versions of the stages lie elsewhere, so that two versions do not undo each other's work. */
function outputsOf(store: Store, name: string): string {
  return join(store.dir, OUTPUTS, digits(stageNames.map(stageVersion).join(' ')), name);
}

function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}

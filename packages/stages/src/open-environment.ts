import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { Environment } from './environment.js';
import type { Settings } from './plan/settings.js';

/** The environment of a workspace; a store that is named in its settings lies relative to it. */
export function openEnvironment(workspaceRoot: string, settings: Settings): Environment {
  const store = Store.open(settings.store && join(workspaceRoot, settings.store));
  return { workspaceRoot, settings, store };
}

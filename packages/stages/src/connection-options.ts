import { resolve } from 'node:path';
import type { HttpOptions } from '@nx-linuxkit/oci/http';
import type { Settings } from './plan/settings.js';

/** The settings that say how connections are made. */
export type ConnectionSettings = Pick<Settings, 'caFile' | 'minimumRate' | 'transferTimeout'>;

/** How registries and Debian mirrors are connected to; a relative `caFile` starts from the workspace. */
export function connectionOptions(workspaceRoot: string, settings: ConnectionSettings): HttpOptions {
  const { caFile, minimumRate, transferTimeout } = settings;
  return {
    ...(caFile === undefined ? {} : { caFile: resolve(workspaceRoot, caFile) }),
    ...(minimumRate === undefined ? {} : { minimumRate }),
    ...(transferTimeout === undefined ? {} : { transferTimeout: transferTimeout * 1000 }),
  };
}

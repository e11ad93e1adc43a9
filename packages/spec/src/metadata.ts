import type { OsSpec } from './model.js';

/** The merged configuration, as `files[].metadata` puts it into the root file system. */
export function formatMetadata(_os: OsSpec, _format: 'yaml' | 'json'): string {
  throw new Error('not written yet');
}

import type { Session } from '../platform.js';

/** The address of a project in Compute Engine, without a slash at its end. The variable is the one that leads gcloud to another server. */
export function computeRoot({ env, option }: Session): string {
  const root = env.CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE || 'https://compute.googleapis.com/compute/v1/';
  return `${root.replace(/\/+$/, '')}/projects/${encodeURIComponent(option('project'))}`;
}

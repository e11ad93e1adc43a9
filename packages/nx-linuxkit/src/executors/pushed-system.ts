import type { ExecutorContext } from '@nx/devkit';
import type { SystemReference } from '@nx-linuxkit/stages/standalone';
import { OptionError } from './options/error.js';

/**
 * Reads the option `system`. Throws OptionError `bad-option` where the target is cached and the URL names no digest: a
 * tag may stand for another system tomorrow, and no hash of Nx's would change.
 */
export async function pushedSystem(
  url: string,
  { target, targetName }: Pick<ExecutorContext, 'target' | 'targetName'>,
): Promise<SystemReference> {
  const { readSystemUrl } = await import('@nx-linuxkit/stages/standalone');
  const system = readSystemUrl(url);
  if (target?.cache !== true || system.isPinned) return system;
  throw new OptionError(
    'bad-option',
    `${targetName} is cached, and ${url} may stand for another system later`,
    {
      hint: 'Name the digest, as in oci://registry.example/systems/my-os@sha256:…, or remove `cache: true` from the target.',
    },
  );
}

/** The folder of a target's files about a pushed system. No format is called so, and a project has a folder for each. */
export function pushedFolder({ name }: Pick<SystemReference, 'name'>): string {
  return `oci-${name}`;
}

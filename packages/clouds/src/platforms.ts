import { nearest } from '@nx-linuxkit/errors';
import { aws } from './aws/platform.js';
import { azure } from './azure/platform.js';
import { digitalocean } from './digitalocean/platform.js';
import { CloudError } from './error.js';
import { gcp } from './gcp/platform.js';
import { hetzner } from './hetzner/platform.js';
import { openstack } from './openstack/platform.js';
import type { Platform } from './platform.js';
import { proxmox } from './proxmox/platform.js';
import { scaleway } from './scaleway/platform.js';
import { ssh } from './ssh/platform.js';
import { vcenter } from './vcenter/platform.js';

/** Every platform, in the order of help. */
export const platforms: readonly Platform[] = [
  aws,
  azure,
  gcp,
  openstack,
  digitalocean,
  hetzner,
  scaleway,
  proxmox,
  vcenter,
  ssh,
];

/** Tells whether a name is that of a platform; other texts may name a registry. */
export function isPlatform(name: string): boolean {
  return platforms.some((platform) => platform.name === name);
}

/** The platform of a name. Throws CloudError `unknown-platform`. */
export function findPlatform(name: string): Platform {
  const found = platforms.find((platform) => platform.name === name);
  if (found) return found;
  const names = platforms.map((platform) => platform.name);
  const near = nearest(name, names);
  throw new CloudError(
    'unknown-platform',
    `unknown platform ${JSON.stringify(name)}${near === undefined ? '' : `, did you mean ${near}?`}`,
    { hint: `Platforms are ${names.join(', ')}.` },
  );
}

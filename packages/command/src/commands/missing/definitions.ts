import type { Definition } from '../../definition.js';

function missing(name: string, text: string, instead: string): Definition {
  return { name, text, given: '', flags: [], instead };
}

/** LinuxKit's commands that are not built here, so that each has an error that says what to do. */
export const missingCommands: readonly Definition[] = [
  missing(
    'pkg builder',
    'shows or removes what the container of a builder keeps',
    'No builder is kept between builds, so nothing has to be removed.',
  ),
  missing(
    'push',
    'uploads a system to another cloud',
    'Write push aws, azure, gcp, openstack, digitalocean, hetzner, scaleway, proxmox, vcenter, ssh or oci; for another place upload the file with its own program.',
  ),
];

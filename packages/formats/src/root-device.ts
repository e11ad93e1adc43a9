/**
 * A command line that names the root: as it is where it has `root=`, else with the first virtio disk. A kernel whose
 * root lies on a disk of its own is started with that disk, so the builder and the machine must agree on its name.
 */
export function withRootDevice(cmdline: string): string {
  return /(^|\s)root=/.test(cmdline) ? cmdline : `${cmdline} root=/dev/vda`.trim();
}

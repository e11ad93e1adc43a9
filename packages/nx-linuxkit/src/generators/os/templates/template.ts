/** A system to begin with: all of its images are packages of the base set, so it needs no registry. */
export interface Template {
  /** What stands after the first lines of linuxkit.yml. */
  yaml(name: string): string;
  /** Options of `boot` in project.json. */
  readonly boot?: object;
  /** Options of `boot-test`: what proves that the system does what it is for. */
  readonly bootTest: object;
}

/** An image of the base set. */
export function image(name: string): string {
  return `'@pkg:@nx-linuxkit/images/${name}'`;
}

/** Kernel and init of a system that runs services. */
export const SERVICES_BASE = `kernel:
  image: ${image('kernel')}
  cmdline: 'console=ttyS0 quiet'
init:
  - ${image('init')}
  - ${image('runc')}
  - ${image('containerd')}
  - ${image('ca-certificates')}
`;

/** Asks for an address, once, before services start. */
export const DHCP_ONCE = `  - name: dhcpcd
    image: ${image('dhcpcd')}
    command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1']
`;

/** Prepares the first disk that is empty, and mounts it at every boot. */
export const diskAt = (label: string, path: string) => `  - name: format
    image: ${image('format')}
    command: ['/usr/bin/format', '-label', '${label}']
  - name: mount
    image: ${image('mount')}
    command: ['/usr/bin/mountie', '-label', '${label}', '${path}']
`;

/** A message on login, and the place to add files. */
export const motd = (name: string) => `files:
  - path: etc/motd
    mode: '0644'
    contents: |
      Welcome to ${name}
`;

/** Seconds: a boot by emulation takes about 15 on an idle machine, and machines are shared. */
export const BOOT_LIMIT = 300;

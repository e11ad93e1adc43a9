/** A system to begin with. All its images are packages of the base set, so it needs no registry. */
export interface Template {
  /** Returns the sections of linuxkit.yml, except `outputs`. `name` is that of the system. */
  yaml(name: string): string;
  /** Options of the target `boot` in project.json. */
  readonly boot?: object;
  /** Options of the target `boot-test`, which prove that the system does its work. */
  readonly bootTest: object;
}

/** Returns the reference of an image of the base set, in YAML's quotes. */
export function image(name: string): string {
  return `'@pkg:@nx-linuxkit/images/${name}'`;
}

/** The sections `kernel` and `init` of a system with services. */
export const SERVICES_BASE = `kernel:
  image: ${image('kernel')}
  cmdline: 'console=ttyS0 quiet'
init:
  - ${image('init')}
  - ${image('runc')}
  - ${image('containerd')}
  - ${image('ca-certificates')}
`;

/** An entry of `onboot` that waits for an address by DHCP before services start. */
export const DHCP_ONCE = `  - name: dhcpcd
    image: ${image('dhcpcd')}
    command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1']
`;

/** Entries of `onboot` that format the first empty disk, and mount it at every boot. */
export const diskAt = (label: string, path: string) => `  - name: format
    image: ${image('format')}
    command: ['/usr/bin/format', '-label', '${label}']
  - name: mount
    image: ${image('mount')}
    command: ['/usr/bin/mountie', '-label', '${label}', '${path}']
`;

/** A service that logs in on the console, for a person who wants to look around. */
export const LOGIN = `  # The console logs in as root. To ask for passwords, add a file etc/getty.shadow and remove INSECURE.
  - name: getty
    image: ${image('getty')}
    env:
      - INSECURE=true
`;

/** The section `files` with a login message, to which a user can add files. */
export const motd = (name: string) => `files:
  - path: etc/motd
    mode: '0644'
    contents: |
      Welcome to ${name}
`;

/** Seconds. An emulated boot takes about 15 on an idle machine; a busy one may need many times as long. */
export const BOOT_LIMIT = 300;

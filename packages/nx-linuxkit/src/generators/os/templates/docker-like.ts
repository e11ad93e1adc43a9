import {
  BOOT_LIMIT,
  DHCP_ONCE,
  diskAt,
  image,
  LOGIN,
  motd,
  SERVICES_BASE,
  type Template,
} from './template.js';

/** A host for containers: containerd with its own disk, and a console that has ctr. */
export const dockerLike: Template = {
  yaml: (name) => `${SERVICES_BASE}onboot:
  - name: sysctl
    image: ${image('sysctl')}
  - name: sysfs
    image: ${image('sysfs')}
  - name: binfmt
    image: ${image('binfmt')}
${diskAt('containers', '/var/lib/containerd')}${DHCP_ONCE}services:
  - name: rngd
    image: ${image('rngd')}
  - name: openntpd
    image: ${image('openntpd')}
${LOGIN}${motd(name)}`,
  // A person works in the shell of this system, where Ctrl-C ends a program.
  boot: { disks: ['size=4G'], memory: 2048, interrupt: 'guest' },
  bootTest: {
    disks: ['size=256M'],
    expect: ['format: ext4 on', ') at /var/lib/containerd', { regex: '~#' }],
    timeout: BOOT_LIMIT,
  },
};

import { BOOT_LIMIT, DHCP_ONCE, diskAt, image, motd, SERVICES_BASE, type Template } from './template.js';

/** A host for containers: containerd with its own disk, and a console for ctr. */
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
  # The console logs in as root, and has ctr. To ask for passwords, add a file etc/getty.shadow and remove INSECURE.
  - name: getty
    image: ${image('getty')}
    env:
      - INSECURE=true
${motd(name)}`,
  boot: { disks: ['size=4G'], memory: 2048 },
  bootTest: {
    disks: ['size=256M'],
    expect: ['format: ext4 on', ') at /var/lib/containerd', { regex: '~#' }],
    timeout: BOOT_LIMIT,
  },
};

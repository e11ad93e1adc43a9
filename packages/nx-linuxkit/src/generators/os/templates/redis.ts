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

/** A Redis server with its data on a disk, so that the data outlives the system. */
export const redis: Template = {
  yaml: (name) => `${SERVICES_BASE}onboot:
  - name: sysctl
    image: ${image('sysctl')}
${diskAt('data', '/var/lib/redis')}${DHCP_ONCE}services:
  - name: rngd
    image: ${image('rngd')}
  - name: redis
    image: ${image('redis')}
    command: ['redis-server', '--protected-mode', 'no', '--dir', '/data', '--appendonly', 'yes']
    binds:
      - /var/lib/redis:/data
    annotations:
      nx-linuxkit.restart: always
${LOGIN}${motd(name)}`,
  boot: { publish: ['6379:6379'], disks: ['size=1G'] },
  bootTest: {
    disks: ['size=128M'],
    expect: ['format: ext4 on', ') at /var/lib/redis'],
    timeout: BOOT_LIMIT,
  },
};

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES, checkLock, readBuild, readLock } from '@nx-linuxkit/debian';
import { readLabel } from '@nx-linuxkit/spec';

const all = readdirSync(__dirname).filter((name) => existsSync(join(__dirname, name, 'build.yml')));
const has = (name: string, file: string) => existsSync(join(__dirname, name, file));
/** The images that are made of Debian packages. */
const names = all.filter((name) => !has(name, 'Dockerfile'));
const open = (name: string) => {
  const file = join(__dirname, name, 'build.yml');
  return readBuild(readFileSync(file, 'utf8'), file);
};

/**
 * Defaults in the labels of LinuxKit's images. Our image of the same name must have the same defaults, so that a
 * YAML works with either.
 */
const LABELS: Record<string, object> = {
  acpid: { binds: ['/dev:/dev'], devices: [{ path: 'all', type: 'c', major: 13 }], pid: 'host' },
  auditd: {
    pid: 'host',
    binds: ['/var/log:/var/log'],
    capabilities: ['CAP_AUDIT_CONTROL', 'CAP_AUDIT_READ', 'CAP_AUDIT_WRITE', 'CAP_SYS_NICE'],
  },
  binfmt: { capabilities: ['CAP_SYS_ADMIN'], readonly: true, net: 'new', ipc: 'new' },
  'binfmt-qemu': { capabilities: ['CAP_SYS_ADMIN'], readonly: true, net: 'new', ipc: 'new' },
  dhcpcd: {
    binds: ['/run/resolvconf:/etc'],
    capabilities: ['CAP_NET_ADMIN', 'CAP_NET_BIND_SERVICE', 'CAP_NET_RAW', 'CAP_SYS_ADMIN'],
  },
  'dm-crypt': {
    binds: ['/dev:/dev', '/etc/dm-crypt:/etc/dm-crypt'],
    devices: [{ path: 'all', type: 'a' }],
    capabilities: ['CAP_SYS_ADMIN', 'CAP_MKNOD', 'CAP_CHOWN'],
  },
  extend: { binds: ['/dev:/dev'], capabilities: ['CAP_SYS_ADMIN', 'CAP_MKNOD'], net: 'new', ipc: 'new' },
  format: { binds: ['/dev:/dev'], capabilities: ['CAP_SYS_ADMIN', 'CAP_MKNOD'], net: 'new', ipc: 'new' },
  getty: { pid: 'host', net: 'host', capabilities: ['all'] },
  'host-timesync-daemon': { binds: ['/dev/rtc0:/dev/rtc0'], capabilities: ['CAP_SYS_TIME'] },
  ip: { capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW'] },
  kmsg: {
    binds: ['/dev/kmsg:/dev/kmsg'],
    devices: [{ path: '/dev/kmsg', type: 'c', major: 1, minor: 11, mode: '0666' }],
    capabilities: ['CAP_SYSLOG'],
  },
  logwrite: { binds: ['/var/run:/var/run', '/var/log:/var/log'] },
  losetup: {
    binds: ['/dev:/dev', '/var:/var'],
    devices: [{ path: 'all', type: 'b' }],
    capabilities: ['CAP_SYS_ADMIN'],
  },
  memlogd: { binds: ['/var/run:/var/run'] },
  metadata: {
    readonly: true,
    tmpfs: ['/tmp'],
    capabilities: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN', 'CAP_NET_BIND_SERVICE'],
  },
  mkimage: {
    readonly: true,
    capabilities: ['CAP_SYS_ADMIN', 'CAP_MKNOD'],
    binds: ['/dev:/dev'],
    devices: [{ path: 'all', type: 'b' }],
  },
  modprobe: { binds: ['/lib/modules:/lib/modules', '/sys:/sys'], capabilities: ['CAP_SYS_MODULE'] },
  mount: {
    binds: ['/dev:/dev', '/var:/var:rshared,rbind', '/:/hostroot'],
    capabilities: ['CAP_SYS_ADMIN'],
    rootfsPropagation: 'shared',
    net: 'new',
    ipc: 'new',
  },
  node_exporter: {
    pid: 'host',
    binds: ['/proc:/host/proc', '/sys:/host/sys', '/:/rootfs'],
    capabilities: ['all'],
  },
  'open-vm-tools': { pid: 'host', capabilities: ['CAP_SYS_BOOT'] },
  openntpd: { capabilities: ['CAP_SYS_TIME', 'CAP_SYS_NICE', 'CAP_SYS_CHROOT', 'CAP_SETUID', 'CAP_SETGID'] },
  poweroff: { pid: 'host', readonly: true, capabilities: ['CAP_SYS_BOOT'] },
  'qemu-ga': { net: 'host' },
  rngd: { capabilities: ['CAP_SYS_ADMIN'], oomScoreAdj: -800, readonly: true, net: 'new', ipc: 'new' },
  sshd: { pid: 'host', capabilities: ['all'] },
  swap: {
    binds: ['/dev:/dev', '/var:/var'],
    capabilities: ['CAP_SYS_ADMIN', 'CAP_MKNOD'],
    net: 'new',
    ipc: 'new',
  },
  sysctl: { pid: 'host', readonly: true, capabilities: ['CAP_SYS_ADMIN', 'CAP_NET_ADMIN'] },
  'trim-after-delete': {
    binds: ['/var/run:/var/run', '/var/lib/docker:/var/lib/docker'],
    capabilities: ['CAP_SYS_ADMIN'],
  },
  tss: { pid: 'host', net: 'host', binds: ['/dev:/dev'], capabilities: ['all'] },
  sysfs: { net: 'new', ipc: 'new' },
};

/** Images of programs that a PC's BIOS starts, or that make it start one. */
const PC_ONLY = ['isolinux', 'mkimage', 'syslinux'];
/** Those that boards of arm64 alone have. */
const ARM64_ONLY = ['rpi-firmware'];

describe('the base set', () => {
  test.each(names)('%s: the lock pins what build.yml selects, for each architecture', (name) => {
    const build = open(name);
    const file = join(__dirname, name, 'build.lock.json');
    const lock = readLock(readFileSync(file, 'utf8'), file);
    for (const architecture of build.arches) expect(checkLock(build, lock, architecture)).toBeDefined();
    expect(lock.suite).toBe('bookworm');
  });

  test.each(names)('%s: all files that build.yml names exist', (name) => {
    const { arches, contents } = open(name);
    const { files, applets } = contents;
    const named = [...files.flatMap(({ source }) => source ?? []), ...(applets ? [applets.source] : [])];
    const sources = named.flatMap((source) => arches.map((arch) => source.replaceAll('${arch}', arch)));
    expect(sources.filter((source) => !existsSync(join(__dirname, name, source)))).toEqual([]);
  });

  test.each(Object.keys(LABELS))('%s has the defaults of LinuxKit’s image of that name', (name) => {
    const { config } = open(name);
    expect(config).toMatchObject(LABELS[name]);
    expect(
      readLabel({ Labels: { 'org.mobyproject.config': JSON.stringify(config) } }, { image: name }),
    ).toMatchObject(LABELS[name]);
  });

  test.each(names.filter((name) => ![...PC_ONLY, ...ARM64_ONLY].includes(name)))(
    '%s is built for all architectures',
    (name) => {
      expect(open(name).arches).toEqual(ARCHITECTURES);
    },
  );

  test.each(all.filter((name) => has(name, 'Dockerfile')))('%s is built on an image of the set', (name) => {
    const from = readFileSync(join(__dirname, name, 'Dockerfile'), 'utf8').match(/^FROM .*$/gm) ?? [];
    expect(from).toHaveLength(1);
    expect(names).toContain(from[0]?.replace('FROM @pkg:../', ''));
    expect(has(name, 'build.lock.json')).toBe(false);
  });

  test.each(all)('%s has its own README, or a line in the README of the base set', (name) => {
    const own = join(__dirname, name, 'README.md');
    expect(
      existsSync(own) || readFileSync(join(__dirname, 'README.md'), 'utf8').includes(`\`${name}\``),
    ).toBe(true);
  });
});

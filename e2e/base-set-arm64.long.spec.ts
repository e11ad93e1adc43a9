import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { blankDisk } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';

/** Runs the images of the base set that need no PC on arm64, in one system. */
const root = mkdtempSync(join(tmpdir(), 'base-set-arm64-'));
const of = (name: string) => image(root, name);
const service = (name: string, more: object = {}) => ({ name, image: of(name), ...more });

const SERVICES = [
  service('auditd'),
  service('chrony'),
  service('etcd'),
  service('kmsg'),
  service('nginx', { capabilities: ['all'], net: 'host' }),
  service('node_exporter'),
  service('postgres', {
    env: [
      'PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin',
      'PGDATA=/var/lib/postgresql/data',
      'POSTGRES_PASSWORD=secret',
    ],
  }),
  service('redis', { capabilities: ['all'], net: 'host' }),
  service('rngd'),
  service('sshd'),
];

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyAMA0 quiet' },
  init: ['init', 'runc', 'containerd', 'ca-certificates', 'memlogd'].map(of),
  onboot: [
    { name: 'debug', image: of('debug'), command: ['curl', '--version'] },
    { name: 'nftables', image: of('nftables') },
    { name: 'sysctl', image: of('sysctl') },
    { name: 'sysfs', image: of('sysfs') },
    { name: 'binfmt', image: of('binfmt') },
    { name: 'modprobe', image: of('modprobe'), command: ['modprobe', 'dummy'] },
    { name: 'losetup', image: of('losetup'), command: ['/usr/bin/loopy', '-c', '/var/test.img'] },
    { name: 'format', image: of('format'), command: ['/usr/bin/format', '/dev/vda'] },
    { name: 'mount', image: of('mount'), command: ['/usr/bin/mountie', '/var/data'] },
    {
      name: 'dhcpcd',
      image: of('dhcpcd'),
      command: ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1'],
    },
    { name: 'ip', image: of('ip'), command: ['/bin/ip', 'link'], net: 'host' },
  ],
  services: [...SERVICES, { name: 'report', image: of('getty'), command: onHost('report-arm64.sh') }],
  files: [
    ...GUEST_FILES,
    { path: 'etc/nftables.conf', contents: 'table inet probe {\n  chain in {\n    counter\n  }\n}\n' },
  ],
  platforms: ['linux/arm64'],
};

let text: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  ({ console: text } = await bootTest({
    arch: 'arm64',
    accel: 'tcg',
    medium,
    memory: 3072,
    disks: [blankDisk(join(root, 'disk.img'), 64)],
    powerOff: true,
    timeout: 1500,
    ...watched,
  }));
}, 2_400_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('no container of onboot fails', () => {
  expect(text.match(/^onboot: .*failed.*/gm)).toBeNull();
});

test('all services run', () => {
  expect(said('running')[0].split(' ')).toEqual(expect.arrayContaining(SERVICES.map(({ name }) => name)));
  expect(said('machine')).toEqual(['aarch64']);
});

test('servers answer, and memlogd has the logs of onboot', () => {
  expect(said('nginx')).toEqual(['Welcome to nginx']);
  expect(Number(said('metrics')[0])).toBeGreaterThan(0);
  expect(said('postgres')).toEqual(['ready']);
  expect(said('logs')).toEqual(['1']);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});

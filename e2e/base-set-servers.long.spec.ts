import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { blankDisk } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';

/** Runs the large servers of the base set on LinuxKit's own machine: q35, with its disk at AHCI, and the kernel that drives it. */
const root = mkdtempSync(join(tmpdir(), 'base-set-servers-'));
const of = (name: string) => image(root, name);

const YAML = {
  kernel: { image: of('kernel-generic'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of('runc'), of('containerd'), of('bpftrace')],
  onboot: [
    { name: 'format', image: of('format'), command: ['/usr/bin/format', '-label', 'var', '/dev/sda'] },
    { name: 'mount', image: of('mount'), command: ['/usr/bin/mountie', '-label', 'var', '/var'] },
  ],
  services: [
    { name: 'docker', image: of('docker') },
    { name: 'etcd', image: of('etcd') },
    {
      name: 'postgres',
      image: of('postgres'),
      env: [
        'PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin',
        'PGDATA=/var/lib/postgresql/data',
        'POSTGRES_USER=app',
        'POSTGRES_PASSWORD=secret',
      ],
    },
    { name: 'report', image: of('getty'), command: onHost('report-servers.sh') },
  ],
  files: GUEST_FILES,
};

let text: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  ({ console: text } = await bootTest({
    medium,
    memory: 4096,
    network: 'none',
    machine: 'q35',
    diskBus: 'sata',
    disks: [blankDisk(join(root, 'disk.img'), 2048)],
    powerOff: true,
    timeout: 1500,
    ...watched,
  }));
}, 2_400_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a disk at AHCI is /dev/sda, and holds /var', () => {
  expect(said('disk')).toEqual(['/dev/sda1 ext4']);
  expect(said('driver')).toEqual(['ahci']);
});

test('etcd keeps what it is given', () => {
  expect(said('etcd')).toEqual(['kept']);
});

test('postgres makes its database at the first start, knows time zones, and asks for the password', () => {
  expect(said('postgres')).toEqual(['rows 1']);
  expect(said('refused')).toEqual(['1']);
});

test('docker runs a container with a limit and a network', () => {
  expect(said('docker')).toEqual(['overlay2 2 json-file']);
  expect(said('contained')).toEqual(['67108864 1']);
});

test('bpftrace lists tracepoints and runs a program', () => {
  expect(said('bpftrace')).toEqual(['tracepoint:syscalls:sys_enter_openat']);
  expect(said('traced')).toEqual(['began']);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { Store } from '@nx-linuxkit/oci';
import { CLOUD_KEY, CLOUD_NAMES, startClouds } from './base-set/clouds.js';
import { blankDisk, FAT_ID, metadataCd, NOCLOUD_DATA, noCloudDisk } from './base-set/disks.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';
import { packageLayout } from './examples/package-layout.js';

/**
 * Runs the base set's onboot packages in one boot. A script on the guest's host reports what they did, and the tests read
 * its report. The kernel is the one with all modules, because it mounts btrfs and xfs.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-onboot-'));
const of = (name: string) => image(root, name);
const host = (name: string, script: string) => ({
  name,
  image: of('getty'),
  command: onHost(script),
  // The image's own binds need containerd.
  binds: ['/etc/probe:/etc/probe'],
});
const shell = (name: string, script: string) => ({ ...word(name, 'getty', 'sh', '-c', script), binds: [] });
const word = (name: string, kind: string, ...command: string[]) => ({ name, image: of(kind), command });
const metadata = (name: string, ...words: string[]) => ({
  ...word(name, 'metadata', '/usr/bin/metadata', ...words),
  env: [`CONFIG=/run/config-${name.split('-')[1]}`, 'PATH=/sbin:/usr/sbin:/bin:/usr/bin'],
});

const CONTAINER = {
  ...word('container', 'getty', 'sh', '/etc/probe/container.sh'),
  binds: ['/etc/probe:/etc/probe'],
  net: 'new',
  uts: 'new',
  hostname: 'inside',
  pid: 'new',
  cgroupsPath: '/probe/of/it',
  resources: { memory: { limit: 67108864 } },
  runtime: {
    cgroups: ['probe/of'],
    mkdir: ['made', '/run/probe-made'],
    mounts: [{ destination: 'mounted', type: 'tmpfs', source: 'probe', options: ['size=1m'] }],
    interfaces: [
      { name: 'movable' },
      { name: 'fresh', add: 'dummy' },
      { name: 'rooted', add: 'dummy', createInRoot: true },
      { name: 'inner', add: 'veth', peer: 'outer' },
    ],
    bindNS: { net: '/run/netns/probe', uts: '/run/uts-probe' },
  },
};

const ONBOOT = [
  host('setup', 'setup.sh'),
  word('sysctl', 'sysctl', '/usr/bin/sysctl'),
  word('sysfs', 'sysfs', '/usr/bin/sysfs'),
  word('modprobe', 'modprobe', 'modprobe', '-a', 'dummy', 'loop', 'dm-crypt'),
  { ...word('binfmt', 'binfmt', '/usr/bin/binfmt'), binds: ['/etc/binfmt.d:/etc/binfmt.d'] },
  word('mkdir', 'mkdir', 'mkdir', '-p', '/var/probe/a/b'),
  shell('failing', 'echo it was here; exit 3'),
  { ...shell('volume', 'echo kept >/data/word'), binds: ['shared:/data'] },
  word('format-first', 'format', '/usr/bin/format', '-label', 'data'),
  word('format-gpt', 'format', '/usr/bin/format', '-type=vfat', '-partition=gpt', '-label=EFI', '/dev/vdb'),
  word('format-btrfs', 'format', '/usr/bin/format', '-type', 'btrfs', '/dev/vdc'),
  word('format-xfs', 'format', '/usr/bin/format', '-type', 'xfs', '-label', 'archive', '/dev/vdd'),
  word('format-again', 'format', '/usr/bin/format', '/dev/vda'),
  word('format-label', 'format', '/usr/bin/format', '-label', 'data', '/dev/vda'),
  word('format-none', 'format', '/usr/bin/format'),
  word(
    'format-force',
    'format',
    '/usr/bin/format',
    '-force',
    '-type',
    'ext3',
    '-label',
    'forced',
    '/dev/vde',
  ),
  word('mount-first', 'mount', '/usr/bin/mountie', '/var/mounts/first'),
  word('mount-label', 'mount', '/usr/bin/mountie', '-label', 'archive', '/var/mounts/label'),
  word('mount-device', 'mount', '/usr/bin/mountie', '-device', '/dev/vdc1', '/var/mounts/device'),
  word('mount-none', 'mount', '/usr/bin/mountie', '-label', 'nothing', '/var/mounts/none'),
  word('swap', 'swap', '/swap.sh', '--path', '/var/mounts/first/swap', '--size', '8M'),
  word(
    'swap-encrypted',
    'swap',
    '/swap.sh',
    '--path',
    '/var/mounts/first/secret',
    '--size',
    '8M',
    '--encrypt',
  ),
  word(
    'swap-refused',
    'swap',
    ...['/swap.sh', '--path', '/var/mounts/first/refused', '--size', '8M'],
    ...['--condition', 'part:/var/mounts/first:1G'],
  ),
  word('dhcpcd', 'dhcpcd', '/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf', '-1'),
  metadata('metadata-cd'),
  host('no-cd', 'no-cd.sh'),
  metadata('metadata-disk', 'cdrom'),
  metadata('metadata-file', 'file=/run/user.data'),
  word('mount-uuid', 'mount', '/usr/bin/mountie', '-uuid', FAT_ID.uuid, '/var/mounts/uuid'),
  {
    ...word('metadata-clouds', 'metadata', 'sh', '/run/clouds.sh', ...CLOUD_NAMES),
    uts: 'new',
  },
  word('rngd', 'rngd', '/sbin/rngd', '-1'),
  host('no-rng', 'no-rng.sh'),
  word('rngd-without', 'rngd', '/sbin/rngd', '-1'),
  host('take-link', 'take-link.sh'),
  CONTAINER,
  host('report', 'report.sh'),
];

const YAML = {
  kernel: { image: of('kernel-full'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of('runc'), of('ca-certificates')],
  onboot: ONBOOT,
  onshutdown: [
    shell('first', 'echo probe shutdown: ran; exit 4'),
    shell('next', 'echo probe shutdown: and the next'),
  ],
  volumes: [{ name: 'shared' }],
  files: [
    ...GUEST_FILES,
    { path: 'etc/binfmt.d/probe.conf', contents: ':probe:M::PROBE::/bin/sh:F\n' },
    { path: 'etc/probe/user.data', contents: 'from a file\n' },
  ],
};

let text: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  const clouds = await startClouds();
  const told = { name: 'cd-host', text: 'data of the CD\n' };
  const drive = await metadataCd(join(root, 'config.iso'), 'config-2', told);
  // QEMU runs this with a shell, and reads a doubled comma of an option as one.
  const pipe = `bash '${join(__dirname, 'base-set/pipe.sh').replaceAll(',', ',,')}' ${clouds.port}`;
  try {
    const { console } = await bootTest({
      medium,
      memory: 1024,
      network: 'none',
      disks: [
        blankDisk(join(root, 'a.img'), 64),
        blankDisk(join(root, 'b.img'), 64),
        blankDisk(join(root, 'c.img'), 128),
        blankDisk(join(root, 'd.img'), 320),
        noCloudDisk(join(root, 'e.img')),
        noCloudDisk(join(root, 'f.img')),
      ],
      args: [
        ...['-drive', `if=none,id=cd,media=cdrom,readonly=on,file=${drive}`, '-device', 'ide-cd,drive=cd'],
        ...['-netdev', `user,id=net0,net=169.254.169.0/24,guestfwd=tcp:169.254.169.254:80-cmd:${pipe}`],
        ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
      ],
      powerOff: true,
      // What follows waits for clouds that this guest could not reach.
      failOn: [/^onboot: \S*dhcpcd failed/],
      timeout: 900,
      ...watched,
    });
    text = console;
  } finally {
    await clouds.stop();
  }
}, 1_200_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a container that fails is reported, and the next one runs', () => {
  expect(text).toContain('onboot: 006-failing failed with status 3');
  expect(said('log')).toEqual(['it was here']);
  expect(said('mkdir')).toEqual(['directory 755']);
});

test('sysctl, sysfs, modprobe, binfmt: what they set is set', () => {
  expect([said('inotify-before'), said('sysctl')]).toEqual([['128'], ['8192']]);
  expect(said('sysfs-before')).toEqual(['[always] madvise never']);
  expect(said('sysfs')).toEqual(['always [madvise] never']);
  expect([said('dummy-before'), said('modprobe')]).toEqual([['0'], ['1']]);
  expect(said('binfmt')[0]).toMatch(/^enabled interpreter \/bin\/sh flags: F offset 0 magic 50524f4245/);
});

describe('format', () => {
  const disk = (name: string) => join(root, `${name}.img`);
  /** Returns tags that blkid finds on a disk. */
  const tags = (name: string, offset: number, ...wanted: string[]) => {
    const probe = ['-p', '-O', String(offset), '-o', 'export', disk(name)];
    const found = execFileSync('blkid', probe, { encoding: 'utf8' });
    return wanted.map((tag) => new RegExp(`^${tag}=(.*)$`, 'm').exec(found)?.[1]);
  };
  const table = (name: string) => tags(name, 0, 'PTTYPE')[0];
  /** Returns type and label of the partition, which begins at the first MiB. */
  const inPartition = (name: string) => tags(name, 1 << 20, 'TYPE', 'LABEL');

  test('the first blank disk, with a label', () => {
    expect(inPartition('a')).toEqual(['ext4', 'data']);
    expect(table('a')).toBe('dos');
  });

  test('a device by name, its partition table, each type', () => {
    expect(inPartition('b')).toEqual(['vfat', 'EFI']);
    expect(table('b')).toBe('gpt');
    expect(inPartition('c')).toEqual(['btrfs', undefined]);
    expect(inPartition('d')).toEqual(['xfs', 'archive']);
  });

  test('a disk that is not blank stays as it is without -force', () => {
    expect(text).toContain('format: /dev/vda is not blank');
    expect(text).toContain('format: a file system labelled data is there already');
    expect(text).toContain('format: no blank disk');
    expect(inPartition('e')).toEqual(['ext3', 'forced']);
    expect(execFileSync('mdir', ['-b', '-i', disk('f')], { encoding: 'utf8' })).toContain('user-data');
  });
});

test('mount: the first, by label, by device, by UUID, at a directory that it makes', () => {
  expect(said('mount first')).toEqual(['ext4 rw vda1']);
  expect(said('mount label')).toEqual(['xfs rw vdd1']);
  expect(said('mount device')).toEqual(['btrfs rw vdc1']);
  expect(said('mount uuid')).toEqual(['vfat rw vdf']);
  expect(text).toContain('mountie: found no nothing');
});

test('swap: a file, an encrypted one, and none where a condition is not met', () => {
  // The host sees the path in a mount of the container.
  expect(said('swap')).toEqual(['Filename', '/swap', '/mapper/swapfile']);
  expect(said('swap-refused')).toEqual(['none']);
});

test('dhcpcd: an address, and a name server where containers look for it', () => {
  expect(said('address')).toEqual(['inet 169.254.169.15']);
  expect(said('resolver')[0]).toContain('nameserver 169.254.169.3');
});

describe('metadata', () => {
  test('from a CD of OpenStack', () => {
    expect(said('cd provider')).toEqual(['CDROM /dev/sr0']);
    expect(said('cd hostname')).toEqual(['cd-host']);
    expect(said('cd instance_id')).toEqual(['cd-host']);
    expect(said('cd userdata')).toEqual(['data of the CD']);
  });

  test('from a NoCloud disk', () => {
    expect(said('disk provider')).toEqual(['CDROM /dev/vdf']);
    expect(said('disk hostname')).toEqual(['nocloud']);
    expect(said('disk instance_id')).toEqual(['i-nocloud']);
    expect(said('disk userdata')).toEqual([NOCLOUD_DATA.split('\n')[0]]);
  });

  test('from a file', () => {
    expect(said('file userdata')).toEqual(['from a file']);
  });

  test.each([
    ['aws', 'AWS'],
    ['ec2', 'AWS'],
    ['gcp', 'GCP'],
    ['azure', 'Azure'],
    ['hetzner', 'Hetzner'],
    ['openstack', 'OpenStack'],
    ['digitalocean', 'DigitalOcean'],
    ['scaleway', 'Scaleway'],
    ['metaldata', 'metaldata'],
  ])('by HTTP from %s, told from the others', (cloud, provider) => {
    expect(said(`metadata-${cloud}`)).toEqual([`metadata: ${provider}`]);
    expect(said(`${cloud} provider`)).toEqual([`644 ${provider}`]);
    expect(said(`${cloud} hostname`)).toEqual([`644 ${cloud}-host`]);
    expect(said(`${cloud} name`)).toEqual([`${cloud}-host`]);
    expect(said(`${cloud} ssh/authorized_keys`)).toEqual([`600 ${CLOUD_KEY(cloud)}`]);
    expect(said(`${cloud} app/of.conf`)).toEqual([`600 it is ${cloud}`]);
  });

  test('every cloud for which the test has a server', () => {
    expect(CLOUD_NAMES.map((cloud) => said(`metadata-${cloud}`).length)).toEqual(CLOUD_NAMES.map(() => 1));
  });
});

test('rngd -1: no failure where there is no generator', () => {
  expect(said('rng-taken')[0]).toMatch(/^virtio_rng/);
  expect(said('rng-left')).toEqual(['none']);
  expect(text).toContain('rngd: no hardware random number generator');
  expect(text).not.toMatch(/-rngd.* failed/);
});

describe('runtime.json', () => {
  test('mkdir and mounts, below the root of the container and of the host', () => {
    expect(said('made')).toEqual(['directory 755']);
    expect(said('runtime-mkdir')).toEqual(['directory 755']);
    expect(said('mounted')[0]).toMatch(/^probe \/mounted tmpfs /);
  });

  test('interfaces: moved, made inside, made outside and moved, a pair', () => {
    expect(said('links').sort()).toEqual(['fresh', 'inner', 'lo', 'movable', 'rooted']);
    expect(said('host-links')).toContain('outer');
    expect(said('host-links')).not.toContain('movable');
  });

  test('cgroups: made before the container, which lies in it with its limit', () => {
    expect(said('cgroup')).toEqual(['0::/probe/of/it 67108864']);
  });

  test('bindNS: the namespaces stay when the container has ended', () => {
    expect(said('bound-net')[0]).toMatch(/fresh/);
    expect(said('bound-uts')).toEqual(['inside']);
  });
});

test('a volume is written by one container and seen by the host', () => {
  expect(said('volume')).toEqual(['kept']);
});

test('logs of each container lie in /var/log', () => {
  expect(said('logs')).toHaveLength(2 * ONBOOT.length);
});

test('onshutdown runs in order, past one that fails, and the power goes off', () => {
  expect(said('shutdown')).toEqual(['ran', 'and the next']);
  expect(text).toContain('shutdown: 000-first failed with status 4');
  expect(text).toContain('reboot: Power down');
});

test('skopeo reads the image that a package becomes, and finds each blob as its digest says', () => {
  const outputs = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /packages\/.*\/image$/.test(path),
  );
  expect(outputs.length).toBeGreaterThan(10);
  const layouts = outputs.map((path, i) =>
    packageLayout(join(root, path), Store.open().dir, join(root, 'layouts', String(i))),
  );
  for (const layout of layouts) {
    const inspect = execFileSync('skopeo', ['inspect', `oci:${layout}`], { encoding: 'utf8', stdio: 'pipe' });
    expect(JSON.parse(inspect)).toMatchObject({ Architecture: 'amd64', Os: 'linux' });
  }
  const small = layouts[outputs.findIndex((path) => path.includes('mkdir'))];
  execFileSync('skopeo', ['copy', `oci:${small}`, `dir:${join(root, 'copied')}`], { stdio: 'pipe' });
  expect(readdirSync(join(root, 'copied'))).toContain('manifest.json');
});

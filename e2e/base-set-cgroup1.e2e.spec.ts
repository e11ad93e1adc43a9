import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { buildSystem, GUEST_FILES, image, saidOf, watched } from './base-set/system.js';
import { converse, type Line } from './base-set/terminal.js';

/**
 * A kernel argument selects version 1 of cgroups, under which runc and containerd start services of the base set. One is a
 * getty without a password, in which the test looks at the others. The kernel is the generic one, on devices for which
 * the cloud kernel has no driver.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-cgroup1-'));
const of = (name: string) => image(root, name);

/** Waits a minute for a condition. Later commands show whether it came true. */
const until = (condition: string) =>
  `n=0; until ${condition} || [ $n -ge 60 ]; do sleep 1; n=$((n + 1)); done`;
const script = (name: string) => ({
  name,
  image: of('getty'),
  command: ['sh', `/etc/probe/${name}.sh`],
  binds: ['/etc/probe:/etc/probe'],
});

const YAML = {
  kernel: {
    image: of('kernel-generic'),
    cmdline: 'console=ttyS0 console=ttyS1 quiet linuxkit.unified_cgroup_hierarchy=0',
  },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [
    {
      name: 'limited',
      image: of('getty'),
      command: ['sh', '/etc/probe/cgroup1.sh'],
      binds: ['/etc/probe:/etc/probe'],
      cgroupsPath: '/probe/of/it',
      resources: { memory: { limit: 67108864 } },
      runtime: { cgroups: ['probe/of'] },
    },
  ],
  services: [
    {
      name: 'getty',
      image: of('getty'),
      env: ['INSECURE=true'],
      devices: [{ path: 'all', type: 'c' }],
      resources: { pids: { limit: 200 } },
    },
    {
      name: 'logwrite',
      image: of('logwrite'),
      command: ['/usr/bin/logwrite', '-max-log-size', '2000', '-max-log-files', '3', '-interval', '1'],
    },
    script('noise'),
  ],
  files: GUEST_FILES,
};

/** Devices of real machines and of VirtualBox, with the drivers that load for them. */
const DEVICES = [
  ['/sys/bus/pci/devices/*:10.0/driver', 'ahci'],
  ['/sys/bus/pci/devices/*:11.0/driver', 'e1000'],
  ['/sys/bus/pci/devices/*:12.0/driver', 'xhci_hcd'],
] as const;
/** Sizes of two disks: the first has AHCI, the second USB. */
const DISKS = [1 << 20, 2 << 20] as const;

function devices(): string[] {
  const drives = DISKS.flatMap((bytes, at) => {
    const path = join(root, `disk${at}.img`);
    writeFileSync(path, '');
    truncateSync(path, bytes);
    return ['-drive', `if=none,id=of${at},format=raw,file=${path}`];
  });
  return [
    ...drives,
    ...['-device', 'ahci,id=ahci,addr=10.0', '-device', 'ide-hd,drive=of0,bus=ahci.0'],
    ...['-device', 'e1000,addr=11.0,romfile='],
    ...['-device', 'qemu-xhci,id=usb,addr=12.0', '-device', 'usb-storage,drive=of1,bus=usb.0'],
  ];
}

let text: string;
let terminal: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  const line = join(root, 'ttyS1');
  const over = new AbortController();
  const talk = converse(
    line,
    [
      ['# ', 'echo user-$(id -u)\n'],
      ['user-0', 'nsenter -t 1 -m ctr -n services.linuxkit tasks ls | grep getty\n'],
      [
        'RUNNING',
        `nsenter -t 1 -m find /sys/fs/cgroup/pids -path '*getty/pids.max' -exec sed s/^/limit-/ {} +\n`,
      ],
      ['limit-200', `${until('[ -e /var/log/noise.log.1 ]')}; echo $(ls /var/log) rotated-$((1))\n`],
      ['rotated-1', `${DEVICES.map(([path]) => `echo driver-$(basename $(readlink ${path}))`).join('; ')}\n`],
      ...DEVICES.map(([, driver]): Line => [`driver-${driver}`, '']),
      ['# ', 'echo sizes-$(cat /sys/block/sd*/size | sort -n)\n'],
      [`sizes-${DISKS.map((bytes) => bytes / 512).join(' ')}`, 'poweroff\n'],
    ],
    over.signal,
  );
  const booted = bootTest({
    medium,
    network: 'none',
    args: [
      ...devices(),
      '-chardev',
      `socket,id=line,path=${line},server=on,wait=off`,
      '-serial',
      'chardev:line',
    ],
    powerOff: true,
    timeout: 600,
    ...watched,
  }).finally(() => over.abort());
  [terminal, { console: text }] = await Promise.all([talk, booted]);
}, 900_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('each controller has a hierarchy of its own, and none is of version 2', () => {
  const [one, two] = said('mounted')[0].split(' ').map(Number);
  expect(one).toBeGreaterThan(5);
  expect(two).toBe(0);
});

test('onboot: a container lies in its cgroup in each, with its limit', () => {
  for (const controller of ['memory', 'pids', 'name=systemd'])
    expect(said(`cgroup ${controller}`)).toEqual(['/probe/of/it']);
  expect(said('limit')).toEqual(['67108864']);
});

test('services: containerd runs them, with their limits', () => {
  expect(terminal).toMatch(/getty +\d+ +RUNNING/);
  expect(terminal).toContain('limit-200');
});

test('getty: INSECURE=true is a shell without a question', () => {
  expect(terminal).toContain('user-0');
  expect(terminal).not.toMatch(/login:|Password/);
});

test('logwrite keeps as many files as it is told', () => {
  expect(terminal).toMatch(/noise\.log noise\.log\.0 noise\.log\.1 (?!noise)/);
});

test('kernel-generic: disks by AHCI and USB, and a network card of metal, have their drivers', () => {
  for (const [, driver] of DEVICES) expect(terminal).toContain(`driver-${driver}`);
  expect(terminal).toContain(`sizes-${DISKS.map((bytes) => bytes / 512).join(' ')}`);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});

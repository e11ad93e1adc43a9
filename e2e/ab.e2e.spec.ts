import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { bootTest, mediumOf, type BootTestOptions, type DiskMedium } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';

/** A disk with room for two versions, whose root is under dm-verity. */

/** Seconds. An emulated boot takes about 25 on an idle machine, and other programs may keep the machine busy. */
const BOOT_LIMIT = 240;

const root = mkdtempSync(join(tmpdir(), 'ab-e2e-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;
const YAML = `
kernel: { image: '${image('kernel')}', cmdline: 'console=ttyS0' }
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: state, image: '${image('state')}' }
  - name: data
    image: '${image('state')}'
    command: ['/bin/sh', '-c', 'cat /var/kept; echo kept since the first boot >/var/kept; cat /sys/class/block/vda6/size']
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
outputs: [{ format: ab, root: verity, version: '1' }]
`;

/** Bytes by which the machine's disk is larger than the one that was built. */
const GROWTH = 200 * 2 ** 20;

let medium: DiskMedium;
beforeAll(async () => {
  const loaders = Object.fromEntries(
    loaderNames.filter((each) => each !== 'rpi-firmware').map((each) => [each, loader(each)]),
  );
  mkdirSync(join(root, 'os'));
  writeFileSync(join(root, 'os', 'linuxkit.yml'), YAML);
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const request = { os, formats: ['ab'], frozen: true, lockCommand: '' };
  await build(openEnvironment(root, { loaders }), request, () => undefined);
  medium = { ...(mediumOf('ab', join(root, 'dist', 'os', 'ab', 'os')) as DiskMedium), writable: true };
  truncateSync(medium.path, statSync(medium.path).size + GROWTH);
});

const start = (rest: Partial<BootTestOptions>) =>
  bootTest({ medium, memory: 512, network: 'none', timeout: BOOT_LIMIT, ...rest });

function run(program: string, ...args: string[]): string {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  return execFileSync(program, args, { encoding: 'utf8', env });
}

/** Where a partition lies, in bytes. */
function placeOf(name: string): { start: number; size: number } {
  const table = JSON.parse(run('sfdisk', '--json', medium.path));
  const found = table.partitiontable.partitions.find((each: { name: string }) => each.name === name);
  return { start: found.start * 512, size: found.size * 512 };
}

test('it boots from its root under dm-verity, and its data gets the rest of the disk', async () => {
  const before = placeOf('state').size;
  const { console } = await start({ expect: ['Welcome to'], powerOff: true });
  expect(console).toMatch(/device-mapper: verity: sha256 using/);
  expect(console).toContain('state: /dev/vda6 reaches the end of /dev/vda');
  expect(console).toContain('state: /dev/vda6 at /var');
  expect(placeOf('state').size - before).toBeGreaterThanOrEqual(GROWTH);
  expect(console).toContain(`${placeOf('state').size / 512}`);
  expect(run('sgdisk', '-v', medium.path)).toContain('No problems found');
});

test('the second boot finds the data, and changes nothing else', async () => {
  const before = placeOf('state');
  const { console } = await start({ expect: ['kept since the first boot'], powerOff: true });
  expect(console).not.toContain('reaches the end');
  expect(placeOf('state')).toEqual(before);
});

test('one changed byte in a file that the boot reads is a kernel panic', async () => {
  const { start: at, size } = placeOf('root-a');
  const disk = readFileSync(medium.path);
  // The scripts of init are read at every boot.
  const script = disk.subarray(at, at + size).indexOf('Welcome to');
  expect(script).toBeGreaterThan(0);
  const file = openSync(medium.path, 'r+');
  writeSync(file, 'W3lcome to', at + script);
  closeSync(file);
  await expect(start({ expect: ['Welcome to'] })).rejects.toMatchObject({
    code: 'boot-failed',
    message: expect.stringMatching(/verity: \S+ data block \d+ is corrupted/),
  });
});

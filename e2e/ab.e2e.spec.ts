import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
  copyFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { boot, bootTest, type BootTestOptions, type DiskMedium } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';

/** A disk with room for two versions, whose root is under dm-verity. */

/** Seconds. An emulated boot takes about 25 on an idle machine, and other programs may keep the machine busy. */
const BOOT_LIMIT = 240;

const root = mkdtempSync(join(tmpdir(), 'ab-e2e-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The key of a second disk, and what lies on it encrypted. */
const KEY = randomBytes(32).toString('hex');
const SECRET = 'secret since the first boot';

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;
const yaml = (version: string, cmdline: string) => `
kernel: { image: '${image('kernel')}', cmdline: 'console=ttyS0 ${cmdline}' }
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: state, image: '${image('state')}' }
  - name: data
    image: '${image('state')}'
    command: ['/bin/sh', '-c', 'cat /var/kept; echo kept since the first boot >/var/kept; cat /sys/class/block/vda6/size']
  - name: secret
    image: '${image('state-luks')}'
    command: [/usr/bin/state, -partition, secret, -key, /etc/secret.key, /var/secret, /var/lib/secret]
  - name: secrets
    image: '${image('state')}'
    command: ['/bin/sh', '-c', 'cat /var/lib/secret/text; echo ${SECRET} >/var/lib/secret/text; cat /sys/class/block/dm-1/size']
  - name: bless
    image: '${image('bless')}'
    command: ['/usr/bin/bless', -limit, '1', -check, '! grep -q unhealthy /proc/cmdline']
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
files: [{ path: etc/secret.key, contents: '${KEY}', mode: '0600' }]
outputs: [{ format: ab, root: verity, version: '${version}' }]
`;

/** Bytes by which the machine's disk is larger than the one that was built. */
const GROWTH = 200 * 2 ** 20;
/** Bytes of the second disk, and of its partition as it is made. */
const SECOND = { disk: 160 * 2 ** 20, partition: 64 * 2 ** 20 };

/** Builds a version, and gives the path of its disk. All versions have the same root. */
async function made(version: string, cmdline = ''): Promise<string> {
  const loaders = Object.fromEntries(
    loaderNames.filter((each) => each !== 'rpi-firmware').map((each) => [each, loader(each)]),
  );
  mkdirSync(join(root, 'os'), { recursive: true });
  writeFileSync(join(root, 'os', 'linuxkit.yml'), yaml(version, cmdline));
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const request = { os, formats: ['ab'], frozen: true, lockCommand: '' };
  await build(openEnvironment(root, { loaders }), request, () => undefined);
  return join(root, 'dist', 'os', 'ab', 'os-ab.img');
}

let medium: DiskMedium;
const second = join(root, 'second.img');
const disks = [second];
beforeAll(async () => {
  const disk = join(root, 'machine.img');
  copyFileSync(await made('1'), disk);
  truncateSync(disk, statSync(disk).size + GROWTH);
  medium = { kind: 'disk', path: disk, firmware: 'uefi', writable: true };
  writeFileSync(second, '');
  truncateSync(second, SECOND.disk);
  const table = `label: gpt\nstart=2048, size=${SECOND.partition / 512}, name=secret\n`;
  execFileSync('/sbin/sfdisk', ['-q', second], { input: table, stdio: ['pipe', 'pipe', 'pipe'] });
});

const start = (rest: Partial<BootTestOptions>) =>
  bootTest({ medium, disks, memory: 512, network: 'none', timeout: BOOT_LIMIT, ...rest });

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
  expect(console).toContain('state: /dev/vdb1 is encrypted');
  expect(console).toContain('state: /dev/mapper/secret at /var/lib/secret');
  // The LUKS header has 16 MiB of the partition.
  expect(
    Number(/^(\d+)\r?$/m.exec(console.slice(console.indexOf('/var/lib/secret')))?.[1]) * 512,
  ).toBeGreaterThan(SECOND.partition);
});

/** Writes a partition of the machine's disk into a file of its own. */
function partitionFile(name: string): string {
  const { start: at, size } = placeOf(name);
  const path = join(root, 'partition.img');
  writeFileSync(path, readFileSync(medium.path).subarray(at, at + size));
  return path;
}

/** mtools' name of a folder on the ESP of a disk. */
const esp = (disk: string) => ['-i', `${disk}@@1M`];
const versions = () =>
  run('mdir', '-b', ...esp(medium.path), '::EFI/Linux')
    .trim()
    .split('\n')
    .map((path) => path.replace(/^.*\/os_(\d)-[0-9a-f]{12}/, '$1'))
    .sort();

/** Builds a version and puts it on the ESP of the machine with tries, as an update does. */
async function add(version: string, tries: number, cmdline = ''): Promise<void> {
  const disk = await made(version, cmdline);
  const [name] = run('mdir', '-b', ...esp(disk), '::EFI/Linux')
    .trim()
    .split('\n')
    .map((path) => basename(path));
  run('mcopy', ...esp(disk), `::EFI/Linux/${name}`, join(root, name));
  const counted = name.replace('.efi', `+${tries}.efi`);
  run('mcopy', ...esp(medium.path), join(root, name), `::EFI/Linux/${counted}`);
}

/** Runs the machine, through all its starts, until it powers off, and gives its console. */
async function untilOff(): Promise<string> {
  const machine = await boot({ medium, disks, memory: 512, network: 'none' });
  let console = '';
  machine.output.on('data', (chunk: Buffer) => (console += chunk.toString('latin1')));
  const late = setTimeout(() => void machine.stop(), BOOT_LIMIT * 1000);
  await machine.exited;
  clearTimeout(late);
  return console;
}

/** The console of the starts after the first one. */
let later: string;

test('versions that panic or are not healthy use up their tries, and the next one that works is blessed', async () => {
  run('mdel', ...esp(medium.path), '::EFI/Linux/os_1-*.efi');
  await add('2', 3);
  await add('3', 1, 'init=/none panic=1');
  await add('4', 1, 'unhealthy');
  expect(versions()).toEqual(['2+3.efi', '3+1.efi', '4+1.efi']);
  const before = placeOf('state');
  const console = await untilOff();
  later = console;
  expect(console).toContain('bless: no health within 1 seconds: check ! grep -q unhealthy /proc/cmdline');
  expect(console).toContain('Attempted to kill init');
  expect(console).toMatch(/bless: os_2-[0-9a-f]{12}\.efi works/);
  expect(console).toContain('kept since the first boot');
  expect(console).not.toContain('reaches the end');
  expect(placeOf('state')).toEqual(before);
  expect(console).toContain('reboot: Power down');
  expect(versions()).toEqual(['2.efi', '3+0-1.efi', '4+0-1.efi']);
  expect(run('fsck.fat', '-n', partitionFile('EFI System'))).not.toMatch(/differ|dirty/i);
});

test('the second disk was opened by its key, has its data, and shows nothing of them', () => {
  expect(later).toContain('state: /dev/vdb1 is open as /dev/mapper/secret');
  expect(later).not.toContain('state: /dev/vdb1 is encrypted');
  expect(later).toContain(SECRET);
  const bytes = readFileSync(second);
  expect(bytes.includes(SECRET)).toBe(false);
  expect(bytes.includes(KEY)).toBe(false);
  const header = join(root, 'header.img');
  writeFileSync(header, bytes.subarray(1 << 20));
  expect(run('cryptsetup', 'luksDump', header)).toMatch(/Version:\s+2[^]*Label:\s+state[^]*aes-xts-plain64/);
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

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { formats, loaderNames } from '@nx-linuxkit/formats';
import {
  bootTest,
  mediumOf,
  type BootMedium,
  type DiskInterface,
  type DiskMedium,
} from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import pLimit from 'p-limit';

/**
 * Every format of the smallest system that runs a container, booted in each way that it is for. Two machines at a
 * time: one would leave a core idle.
 */
const SIDE_BY_SIDE = 2;
/** Seconds: a boot takes about 15 by emulation on an idle machine, and machines are shared. */
const BOOT_LIMIT = 240;

const root = mkdtempSync(join(tmpdir(), 'formats-e2e-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;

const yaml = (outputs: string) => `
kernel:
  image: '${image('kernel')}'
  cmdline: 'console=ttyS0 quiet note="two words"'
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
outputs: [${outputs}]
`;

/** An OS for each set of options, as a format has one output. */
const SYSTEMS: Readonly<Record<string, string>> = {
  os: '{format: kernel+initrd}',
  'with-options':
    '{format: raw-efi, uki: true, size: 64M}, {format: qcow2-efi, compressed: true}, {format: qcow2-bios, compressed: true, size: 64M}',
};

type Way = readonly [system: string, format: string, way: string, change: (medium: BootMedium) => BootMedium];

const as = (change: Partial<DiskMedium>) => (medium: BootMedium) =>
  ({ ...(medium as DiskMedium), kind: 'disk', ...change }) as DiskMedium;
const on = (bus: DiskInterface) => as({ interface: bus });
const plain = (medium: BootMedium) => medium;
const asDisk = (firmware: 'bios' | 'uefi') => as({ firmware, interface: 'virtio' });

/** In which ways a kind of medium is booted; a new format is booted by being in the catalog. */
const WAYS: Readonly<Record<string, readonly (readonly [string, (medium: BootMedium) => BootMedium])[]>> = {
  kernel: [['kernel', plain]],
  'kernel-root': [['kernel and root disk', plain]],
  'bios-disk': [['virtio disk', on('virtio')]],
  'efi-disk': [['virtio disk', on('virtio')]],
  'bios-cd': [
    ['CD', plain],
    ['disk', asDisk('bios')],
  ],
  'efi-cd': [
    ['CD', plain],
    ['disk', asDisk('uefi')],
  ],
  'hybrid-cd': [
    ['BIOS CD', plain],
    ['BIOS disk', asDisk('bios')],
    ['UEFI CD', (medium) => ({ ...medium, firmware: 'uefi' }) as BootMedium],
    ['UEFI disk', asDisk('uefi')],
  ],
  'efi-program': [['EFI program', plain]],
};

const amd64 = formats.filter(({ architectures = ['amd64'] }) => architectures.includes('amd64'));
const ways: Way[] = [
  ...amd64.flatMap(({ name, medium }) =>
    medium ? WAYS[medium].map(([way, change]): Way => ['os', name, way, change]) : [],
  ),
  ['os', 'raw-bios', 'IDE disk', on('ide')],
  ['os', 'raw-efi', 'NVMe disk', on('nvme')],
  ['with-options', 'raw-efi', 'UKI, 64M', on('virtio')],
  ['with-options', 'qcow2-efi', 'compressed', on('virtio')],
  ['with-options', 'qcow2-bios', 'compressed, 64M', on('ide')],
];

const limit = pLimit(SIDE_BY_SIDE);
const outcomes = new Map<Way, Promise<unknown>>();

beforeAll(async () => {
  const loaders = Object.fromEntries(
    loaderNames.filter((name) => name !== 'rpi-firmware').map((name) => [name, loader(name)]),
  );
  const environment = openEnvironment(root, { loaders });
  for (const [name, outputs] of Object.entries(SYSTEMS)) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'linuxkit.yml'), yaml(outputs));
    const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
    const wanted = [...new Set(ways.filter(([system]) => system === name).map(([, format]) => format))];
    await build(environment, { os, formats: wanted, frozen: true, lockCommand: '' }, () => undefined);
  }
  for (const way of ways) {
    // Judged by the test of its name.
    outcomes.set(
      way,
      limit(() => boot(way)).catch((error: unknown) => error),
    );
  }
}, 600_000);

async function boot([system, format, , change]: Way): Promise<string> {
  const medium = mediumOf(format, join(root, 'dist', system, format, system));
  if (!medium) throw new Error(`mediumOf knows no ${format}`);
  const { console } = await bootTest({
    medium: change(medium),
    memory: 512,
    network: 'none',
    expect: ['Welcome to'],
    powerOff: true,
    timeout: BOOT_LIMIT,
  });
  return console;
}

describe.each(ways)('%s: %s', (...way) => {
  test(`boots: ${way[2]}`, async () => {
    const made = ways.find((candidate) => candidate.every((part, i) => part === way[i])) as Way;
    const outcome = await outcomes.get(made);
    if (outcome instanceof Error) throw outcome;
    expect(outcome).toContain('reboot: Power down');
  }, 900_000);
});

test('every format that boots is booted', () => {
  const booted = new Set(ways.map(([, format]) => format));
  expect(amd64.filter(({ name, medium }) => medium && !booted.has(name))).toEqual([]);
});

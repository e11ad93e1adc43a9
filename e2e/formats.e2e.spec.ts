import { execFileSync } from 'node:child_process';
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
  type MachineOptions,
} from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import { sampleOf, WHOLE } from './sample.js';

/**
 * Every format of the smallest system that runs a container. Whole, each is booted in each way that it is for. The
 * sample boots each disk once, and compares every other container of it with the disk that booted.
 */

/** Seconds. An emulated boot takes about 15 on an idle machine, and other programs may keep the machine busy. */
const BOOT_LIMIT = 240;

const root = mkdtempSync(join(tmpdir(), 'formats-e2e-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;

const yaml = (outputs: string) => `
kernel:
  image: '${image('kernel')}'
  cmdline: 'console=ttyS0 quiet "note=two words"'
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
outputs: [${outputs}]
`;

/** A system has each format once, so each set of options has a system. */
const SYSTEMS: Readonly<Record<string, string>> = {
  os: '{format: kernel+initrd}',
  'with-options':
    '{format: raw-efi, uki: true, size: 64M}, {format: qcow2-efi, compressed: true}, {format: qcow2-bios, compressed: true, size: 64M}',
  'erofs-root': formats
    .filter(({ roots = [] }) => roots.includes('erofs'))
    .map(({ name }) => `{format: ${name}, root: erofs}`)
    .join(', '),
};

/** A way to boot a medium, and whether the sample has it. */
interface Way {
  readonly system: string;
  readonly format: string;
  readonly way: string;
  readonly change: (medium: BootMedium) => BootMedium;
  readonly machine?: Pick<MachineOptions, 'like'>;
  readonly inSample: boolean;
}
type WayOfMedium = Pick<Way, 'way' | 'change' | 'inSample'>;

const as = (change: Partial<DiskMedium>) => (medium: BootMedium) =>
  ({ ...(medium as DiskMedium), kind: 'disk', ...change }) as DiskMedium;
const on = (bus: DiskInterface) => as({ interface: bus });
const plain = (medium: BootMedium) => medium;
const asDisk = (firmware: 'bios' | 'uefi') => as({ firmware, interface: 'virtio' });
const sampled = (way: string, change = plain): WayOfMedium => ({ way, change, inSample: true });
const whole = (way: string, change = plain): WayOfMedium => ({ way, change, inSample: false });

/** The ways to boot each kind of medium. A format boots in them by being in the catalog. */
const WAYS: Readonly<Record<string, readonly WayOfMedium[]>> = {
  kernel: [sampled('kernel')],
  'kernel-root': [sampled('kernel and root disk')],
  'bios-disk': [sampled('virtio disk', on('virtio'))],
  'efi-disk': [sampled('virtio disk', on('virtio'))],
  'ab-disk': [sampled('virtio disk', on('virtio'))],
  'bios-cd': [sampled('CD'), whole('disk', asDisk('bios'))],
  'efi-cd': [whole('CD'), sampled('disk', asDisk('uefi'))],
  'hybrid-cd': [
    whole('BIOS CD'),
    sampled('BIOS disk', asDisk('bios')),
    sampled('UEFI CD', (medium) => ({ ...medium, firmware: 'uefi' }) as BootMedium),
    whole('UEFI disk', asDisk('uefi')),
  ],
  'efi-program': [sampled('EFI program')],
  netboot: [sampled('iPXE over TFTP')],
};

/** Formats with the disk of another format, which boots in the sample. */
const SAME_DISK: Readonly<Record<string, string>> = {
  'iso-efi-initrd': 'iso-efi',
  'qcow2-bios': 'raw-bios',
  vhd: 'raw-bios',
  'dynamic-vhd': 'raw-bios',
  'vhd-efi': 'raw-efi',
  vhdx: 'raw-efi',
  'dynamic-vhdx': 'raw-efi',
  vmdk: 'raw-bios',
  ova: 'raw-bios',
  aws: 'raw-bios',
  'qcow2-efi': 'raw-efi',
  'qcow2-ab': 'ab',
};

const amd64 = formats.filter(({ architectures = ['amd64'] }) => architectures.includes('amd64'));
const allWays: Way[] = [
  ...amd64.flatMap(({ name: format, medium }) =>
    (medium ? WAYS[medium] : []).map((way) => ({
      ...way,
      system: 'os',
      format,
      inSample: way.inSample && !(format in SAME_DISK),
    })),
  ),
  { system: 'os', format: 'raw-bios', ...whole('IDE disk', on('ide')) },
  { system: 'os', format: 'raw-efi', ...whole('NVMe disk', on('nvme')) },
  { system: 'os', format: 'raw-bios', ...sampled('like vmware'), machine: { like: 'vmware' } },
  { system: 'os', format: 'raw-bios', ...whole('like hyperv-gen1'), machine: { like: 'hyperv-gen1' } },
  { system: 'os', format: 'raw-bios', ...whole('like gcp'), machine: { like: 'gcp' } },
  { system: 'os', format: 'raw-efi', ...whole('like aws-nitro'), machine: { like: 'aws-nitro' } },
  { system: 'os', format: 'raw-efi', ...whole('like azure-gen2'), machine: { like: 'azure-gen2' } },
  { system: 'with-options', format: 'raw-efi', ...sampled('UKI, 64M', on('virtio')) },
  { system: 'with-options', format: 'qcow2-efi', ...whole('compressed', on('virtio')) },
  { system: 'with-options', format: 'qcow2-bios', ...sampled('compressed, 64M', on('ide')) },
  ...amd64.flatMap(({ name: format, medium, roots }) =>
    medium && roots?.includes('erofs')
      ? WAYS[medium].map((way) => ({
          ...way,
          system: 'erofs-root',
          format,
          inSample: format === 'iso-bios' && way.inSample,
        }))
      : [],
  ),
];
const ways = sampleOf(allWays, ({ inSample }) => inSample);

beforeAll(async () => {
  const loaders = Object.fromEntries(
    loaderNames.filter((name) => name !== 'rpi-firmware').map((name) => [name, loader(name)]),
  );
  const environment = openEnvironment(root, { loaders });
  for (const [name, outputs] of Object.entries(SYSTEMS)) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'linuxkit.yml'), yaml(outputs));
    const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
    // The formats of the other systems are compared too.
    const used = name === 'erofs-root' ? ways : allWays;
    const wanted = [...new Set(used.filter(({ system }) => system === name).map(({ format }) => format))];
    await build(environment, { os, formats: wanted, frozen: true, lockCommand: '' }, () => undefined);
  }
}, 600_000);

function medium(system: string, format: string): BootMedium {
  const made = mediumOf(format, join(root, 'dist', system, format, system));
  if (!made) throw new Error(`mediumOf knows no ${format}`);
  return made;
}

test.each(ways)(
  '$system, $format boots: $way',
  async ({ system, format, change, machine }) => {
    const made = change(medium(system, format));
    const { console } = await bootTest({
      medium: made,
      ...machine,
      memory: 512,
      network: made.kind === 'netboot' ? 'user' : 'none',
      expect: ['Welcome to'],
      powerOff: true,
      timeout: BOOT_LIMIT,
    });
    expect(console).toContain('reboot: Power down');
  },
  300_000,
);

const driverOf = (made: BootMedium) => (made as DiskMedium).format ?? 'raw';

/** The disk's own file, which some containers have in an archive. */
function unpacked({ path, archived }: DiskMedium): string {
  if (archived === undefined) return path;
  execFileSync('tar', ['-xSf', path, '-C', root, archived]);
  return join(root, archived);
}

test.each([
  ...Object.entries(SAME_DISK).map(([format, other]) => ['os', format, other] as const),
  ['with-options', 'qcow2-efi', 'raw-efi'] as const,
])('%s, %s: QEMU reads the same disk as from %s', (system, format, other) => {
  const [one, two] = [medium(system, format), medium('os', other)] as DiskMedium[];
  const compared = ['compare', '-f', driverOf(one), '-F', driverOf(two), unpacked(one), two.path];
  expect(execFileSync('qemu-img', compared, { encoding: 'utf8' })).toContain('Images are identical.');
});

test('every format that boots is booted, or has the disk of one that is', () => {
  const booted = new Set(ways.filter(({ system }) => system === 'os').map(({ format }) => format));
  const proven = (name: string) => booted.has(name) || (!WHOLE && booted.has(SAME_DISK[name]));
  expect(amd64.filter(({ name, medium }) => medium && !proven(name))).toEqual([]);
});

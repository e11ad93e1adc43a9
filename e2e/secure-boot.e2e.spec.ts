import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { boot, bootTest, mediumOf, type BootMedium, type BootTestOptions } from '@nx-linuxkit/machine';
import {
  build,
  identify,
  openEnvironment,
  parseOsFile,
  type OsFile,
  type Settings,
} from '@nx-linuxkit/stages';
import { sampleOf } from './sample.js';

/** A signed unified kernel image on firmware that has Debian's test keys and Secure Boot enabled. */

/** Seconds. An emulated boot takes about 20 on an idle machine, and other programs may keep the machine busy. */
const BOOT_LIMIT = 240;

const OVMF = '/usr/share/OVMF';
const FIRMWARE = {
  code: join(OVMF, 'OVMF_CODE_4M.snakeoil.fd'),
  vars: join(OVMF, 'OVMF_VARS_4M.snakeoil.fd'),
};
/** The key whose certificate that firmware has, and its password: Debian's ovmf package documents both. */
const KEYS = '/usr/share/ovmf';
const PASSWORD = 'snakeoil';

const root = mkdtempSync(join(tmpdir(), 'secure-boot-e2e-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;
const YAML = `
kernel: { image: '${image('kernel')}', cmdline: 'console=ttyS0' }
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
outputs: [{ format: ab, root: verity }]
`;
const SIGNED: NonNullable<Settings['secureBoot']> = {
  certificate: 'db.pem',
  key: join(KEYS, 'PkKek-1-snakeoil.key'),
  passwordFile: 'password',
};

/** Builds the program, and gives the path that its name begins with. */
async function made(name: string, secureBoot?: Settings['secureBoot'], format = 'uki'): Promise<string> {
  const loaders = Object.fromEntries(
    loaderNames.filter((each) => each !== 'rpi-firmware').map((each) => [each, loader(each)]),
  );
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, 'linuxkit.yml'), YAML);
  const os = identify(parseOsFile(`${name}/linuxkit.yml`) as OsFile, name);
  const environment = openEnvironment(root, { loaders, ...(secureBoot && { secureBoot }) });
  await build(environment, { os, formats: [format], frozen: true, lockCommand: '' }, () => undefined);
  return join(root, 'dist', name, format, name);
}

/** What keeps the firmware's variables from the guest's kernel: only code in System Management Mode may write them. */
const PROTECTED = ['-global', 'driver=cfi.pflash01,property=secure,value=on'];

/** Boots with SMM, which keeps the firmware's variables from the guest's kernel. */
function bootSecurely(prefix: string, rest: Partial<BootTestOptions>) {
  return bootTest({
    medium: mediumOf('uki', prefix) as BootMedium,
    uefi: FIRMWARE,
    machine: 'q35',
    args: PROTECTED,
    memory: 768,
    network: 'none',
    timeout: BOOT_LIMIT,
    ...rest,
  });
}

beforeAll(() => {
  writeFileSync(join(root, 'db.pem'), readFileSync(join(KEYS, 'PkKek-1-snakeoil.pem')));
  writeFileSync(join(root, 'password'), PASSWORD);
});

/** Copies the signed program, with one byte changed in its initrd. */
async function tampered(): Promise<string> {
  const bytes = readFileSync(`${await made('os', SIGNED)}.efi`);
  const initrd = bytes.indexOf(Buffer.from([0x1f, 0x8b, 0x08]), bytes.length >> 4);
  bytes[initrd + 1_000_000]! ^= 1;
  mkdirSync(join(root, 'tampered'));
  writeFileSync(join(root, 'tampered', 'os.efi'), bytes);
  return join(root, 'tampered', 'os');
}

/** The disk that enrols its own certificate shows a signed program too, so that the sample can do without this one. */
const PROGRAMS = [
  {
    title: 'the signed program boots, and its kernel is locked down',
    prefix: () => made('os', SIGNED),
    expected: [/Secure boot enabled/, /Kernel is locked down from EFI Secure Boot/, 'Welcome to'],
    starts: true,
    inSample: false,
  },
  {
    title: 'the firmware refuses the same program without a signature',
    prefix: () => made('unsigned'),
    expected: ['Access Denied'],
    starts: false,
    inSample: false,
  },
  {
    title: 'the firmware refuses the signed program with one byte changed in its initrd',
    prefix: tampered,
    expected: ['Access Denied'],
    starts: false,
    inSample: true,
  },
];

test.each(sampleOf(PROGRAMS, ({ inSample }) => inSample))('$title', async ({ prefix, expected, starts }) => {
  const { console } = await bootSecurely(await prefix(), {
    expect: expected,
    order: 'any',
    powerOff: starts,
  });
  expect(console.includes('Linux version')).toBe(starts);
});

test('a disk enrols its own certificate on firmware without keys, and then boots with Secure Boot from its root under dm-verity', async () => {
  const files = ['-keyout', join(root, 'own.key'), '-out', join(root, 'own.pem')];
  const subject = ['-subj', '/CN=our own key', '-days', '3650'];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-newkey', 'rsa:2048', ...subject, ...files], {
    stdio: 'pipe',
  });
  const prefix = await made('own', { certificate: 'own.pem', key: 'own.key', enrol: true }, 'ab');
  const machine = await boot({
    medium: mediumOf('ab', prefix) as BootMedium,
    uefi: { code: join(OVMF, 'OVMF_CODE_4M.secboot.fd'), vars: join(OVMF, 'OVMF_VARS_4M.fd') },
    machine: 'q35',
    args: PROTECTED,
    memory: 768,
    network: 'none',
  });
  let console = '';
  machine.output.on('data', (chunk: Buffer) => (console += chunk.toString('latin1')));
  const late = setTimeout(() => void machine.stop(), BOOT_LIMIT * 1000);
  await machine.exited;
  clearTimeout(late);
  expect(console).toMatch(/Secure boot enabled[^]*verity: sha256 using[^]*Welcome to[^]*reboot: Power down/);
  expect(console).not.toContain('Secure boot disabled');
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { bootTest, mediumOf, type BootMedium, type UefiImages } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import { blankDisk } from './base-set/disks.js';
import { image } from './base-set/system.js';
import { startTpm } from './base-set/tpm.js';

/** A partition for data whose key a TPM 2.0 gives out only while Secure Boot is as it was when the partition was made. */

/** Seconds. An emulated boot takes about 25 on an idle machine. */
const BOOT_LIMIT = 300;
jest.setTimeout(6 * BOOT_LIMIT * 1000);

const OVMF = '/usr/share/OVMF';
/** Debian's firmware with its test keys, whose private one and password its package ovmf documents. */
const SECURE: UefiImages = {
  code: join(OVMF, 'OVMF_CODE_4M.snakeoil.fd'),
  vars: join(OVMF, 'OVMF_VARS_4M.snakeoil.fd'),
};
/** The same firmware without keys, so that Secure Boot is off. */
const INSECURE: UefiImages = { ...SECURE, vars: join(OVMF, 'OVMF_VARS_4M.fd') };
const KEYS = '/usr/share/ovmf';
const SECRET = 'kept under a key of the TPM';

const root = mkdtempSync(join(tmpdir(), 'state-tpm-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const of = (name: string) => image(root, name);

const YAML = `
kernel: { image: '${of('kernel')}', cmdline: 'console=ttyS0' }
init: ['${of('init')}', '${of('runc')}']
onboot:
  - { name: metadata, image: '${of('metadata')}', command: [/usr/bin/metadata, cdrom] }
  - name: state
    image: '${of('state-luks')}'
    command: [/usr/bin/state, -tpm, -recovery, -key, /run/config/state.key]
  - name: data
    image: '${of('state')}'
    command: ['/bin/sh', '-c', 'grep -q "/var ext4" /proc/mounts && { cat /var/kept; echo ${SECRET} >/var/kept; }']
  - { name: poweroff, image: '${of('poweroff')}', command: ['/poweroff', '0'] }
outputs: [{ format: uki }]
`;

const disk = join(root, 'state.img');
let medium: BootMedium;
beforeAll(async () => {
  writeFileSync(join(root, 'db.pem'), readFileSync(join(KEYS, 'PkKek-1-snakeoil.pem')));
  writeFileSync(join(root, 'password'), 'snakeoil');
  mkdirSync(join(root, 'os'));
  writeFileSync(join(root, 'os', 'linuxkit.yml'), YAML);
  const loaders = Object.fromEntries(
    loaderNames
      .filter((each) => each !== 'rpi-firmware')
      .map((each) => [each, `@pkg:${relative(root, join(__dirname, '..', 'images', each))}`]),
  );
  const secureBoot = {
    certificate: 'db.pem',
    key: join(KEYS, 'PkKek-1-snakeoil.key'),
    passwordFile: 'password',
  };
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const request = { os, formats: ['uki'], frozen: true, lockCommand: '' };
  await build(openEnvironment(root, { loaders, secureBoot }), request, () => undefined);
  medium = mediumOf('uki', join(root, 'dist/os/uki/os')) as BootMedium;
  writeFileSync(disk, '');
  truncateSync(disk, 128 << 20);
  execFileSync('/sbin/sfdisk', ['-q', disk], {
    input: 'label: gpt\nstart=2048, name=state\n',
    stdio: 'pipe',
  });
});

/** A disk of NoCloud's form, with user data. */
function userDataDisk(text: string): string {
  const path = blankDisk(join(root, 'user-data.img'), 32);
  execFileSync('/sbin/mkfs.vfat', ['-n', 'CIDATA', path], { stdio: 'pipe' });
  writeFileSync(join(root, 'user-data'), text);
  execFileSync('mcopy', ['-i', path, join(root, 'user-data'), '::user-data']);
  return path;
}

/** Starts the machine with its TPM, and gives its console. */
async function start(uefi: UefiImages, more: readonly string[] = []): Promise<string> {
  const tpm = await startTpm(join(root, 'tpm'), '2.0');
  try {
    const { console } = await bootTest({
      medium,
      uefi,
      machine: 'q35',
      args: ['-global', 'driver=cfi.pflash01,property=secure,value=on', ...tpm.args],
      disks: [disk, ...more],
      memory: 768,
      network: 'none',
      timeout: BOOT_LIMIT,
      expect: ['Welcome to'],
      powerOff: true,
    });
    return console;
  } finally {
    await tpm.stop();
  }
}

test('the TPM opens the partition, refuses once Secure Boot is off, and takes it up again with the recovery key', async () => {
  const first = await start(SECURE);
  expect(first).toContain('state: /dev/vdb1 is encrypted');
  expect(first).not.toContain('Secure Boot is off');
  const recovery = /recovery key of \/dev\/vdb1, which is not shown again: ([0-9a-f]{32})/.exec(first)?.[1];
  expect(recovery).toBeDefined();

  const second = await start(SECURE);
  expect(second).toContain('state: /dev/vdb1 is open as /dev/mapper/state');
  expect(second).toContain(SECRET);
  expect(second).not.toContain('recovery key');

  const changed = await start(INSECURE);
  expect(changed).toContain('state: /dev/vdb1 stays closed: the TPM refuses its key, as Secure Boot');
  expect(changed).toContain('state failed with status 1');
  expect(changed).not.toContain(SECRET);

  const userData = JSON.stringify({ 'state.key': { perm: '0400', content: `${recovery}\n` } });
  const recovered = await start(INSECURE, [userDataDisk(userData)]);
  expect(recovered).toContain('Secure Boot is off, so the TPM gives the key');
  expect(recovered).toContain('was opened by /run/config/state.key, and its key is sealed anew');
  expect(recovered).toContain(SECRET);

  const later = await start(INSECURE);
  expect(later).toContain('state: /dev/vdb1 is open as /dev/mapper/state');
  expect(later).toContain(SECRET);

  const header = join(root, 'header.img');
  writeFileSync(header, readFileSync(disk).subarray(1 << 20));
  const json = execFileSync('/sbin/cryptsetup', ['luksDump', '--dump-json-metadata', header], {
    encoding: 'utf8',
  });
  const { keyslots, tokens } = JSON.parse(json) as { keyslots: object; tokens: object };
  // The recovery key and the TPM's: neither the key of the making nor that of the first seal is left.
  expect(Object.keys(keyslots)).toHaveLength(2);
  expect(Object.values(tokens)).toEqual([
    expect.objectContaining({ type: 'systemd-tpm2', 'tpm2-pcrs': [7] }),
  ]);
});

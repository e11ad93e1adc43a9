import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loaderNames } from '@nx-linuxkit/formats';
import { boot } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, pushSystem, type OsFile } from '@nx-linuxkit/stages';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';

/** A machine that takes a new version out of a registry, boots it, and keeps it. */

/** Seconds for both starts of the machine, each of which takes about 15 on an idle host. */
const BOOT_LIMIT = 500;
jest.setTimeout(600_000);
/** QEMU's name of the host in its user network. */
const HOST = '10.0.2.2';

const root = mkdtempSync(join(tmpdir(), 'ab-update-e2e-'));
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry.stop();
  rmSync(root, { recursive: true, force: true });
});

const repository = join(__dirname, '..');
const image = (name: string) => `@pkg:${relative(join(root, 'os'), join(repository, 'images', name))}`;
const loader = (name: string) => `@pkg:${relative(root, join(repository, 'images', name))}`;
const loaders = Object.fromEntries(
  loaderNames.filter((each) => each !== 'rpi-firmware').map((each) => [each, loader(each)]),
);
const port = () => registry.host.split(':')[1];
const update = (tag: string) =>
  `  - { name: update-${tag}, image: '${image('update')}', command: [/usr/bin/update, -once, -insecure, '${HOST}:${port()}/systems/os:${tag}'] }`;

/** The tag `stable` is followed last, because the machine starts again once it has taken a version. */
const yaml = (version: string) => `
kernel: { image: '${image('kernel')}', cmdline: 'console=ttyS0' }
init: ['${image('init')}', '${image('runc')}']
onboot:
  - { name: dhcpcd, image: '${image('dhcpcd')}', command: [/sbin/dhcpcd, --nobackground, -f, /dhcpcd.conf, '-1'] }
  - { name: bless, image: '${image('bless')}', command: [/usr/bin/bless, -check, grep -qx ${version} /etc/version] }
${['stranger', 'old', 'stable'].map(update).join('\n')}
  - { name: poweroff, image: '${image('poweroff')}', command: ['/poweroff', '0'] }
files:
  - { path: etc/update.pub, source: update.pub, mode: '0644' }
  - { path: etc/version, contents: "${version}\\n", mode: '0644' }
outputs: [{ format: ab, root: verity, version: '${version}' }]
`;

const environment = () => openEnvironment(root, { loaders });
const keyPair = () =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });

async function made(version: string): Promise<void> {
  writeFileSync(join(root, 'os', 'linuxkit.yml'), yaml(version));
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const request = { os, formats: ['ab', 'ab-update'], frozen: true, lockCommand: '' };
  await build(environment(), request, () => undefined);
}

/** Pushes the version that was made last. */
async function push(tag: string, privateKey: string): Promise<void> {
  process.env.UPDATE_KEY = privateKey;
  const formats = [{ format: 'ab-update', prefix: join(root, 'dist', 'os', 'ab-update', 'os') }];
  const to = `${registry.host}/systems/os:${tag}`;
  const sign = { key: { variable: 'UPDATE_KEY' } };
  await pushSystem(
    environment(),
    { name: 'os', platform: 'linux/amd64', formats, to, sign },
    () => undefined,
  );
  delete process.env.UPDATE_KEY;
}

test('a version comes out of a registry into the free slot, boots, and is kept; a stranger’s and an older one are refused', async () => {
  const [ours, theirs] = [keyPair(), keyPair()];
  mkdirSync(join(root, 'os'));
  writeFileSync(join(root, 'os', 'update.pub'), ours.publicKey);
  await made('1');
  const disk = join(root, 'machine.img');
  copyFileSync(join(root, 'dist', 'os', 'ab', 'os-ab.img'), disk);
  await push('old', ours.privateKey);
  await made('1.1');
  await push('stranger', theirs.privateKey);
  await made('1.10');
  await push('stable', ours.privateKey);

  const medium = { kind: 'disk', path: disk, firmware: 'uefi', writable: true } as const;
  const machine = await boot({ medium, memory: 640 });
  let console = '';
  machine.output.on('data', (chunk: Buffer) => (console += chunk.toString('latin1')));
  const late = setTimeout(() => void machine.stop(), BOOT_LIMIT * 1000);
  await machine.exited;
  clearTimeout(late);

  const first = console.slice(0, console.indexOf('version 1.10 has 3 tries'));
  const second = console.slice(first.length);
  expect(first).toMatch(
    /no signature of sha256:[0-9a-f]{64} is by the key \/etc\/update\.pub; nothing is changed/,
  );
  expect(first).toMatch(
    /taking version 1\.10 \(sha256:[0-9a-f]{64}\) in place of 1\n|taking version 1\.10 .* in place of 1\r/,
  );
  expect(second).toMatch(/bless: os_1\.10-[0-9a-f]{12}\.efi works/);
  expect(second).toContain('version 1 is not newer than 1.10, which runs; nothing is changed');
  expect(second).toMatch(/update: os_1\.10-[0-9a-f]{12} is what \S+:stable has/);
  expect(second).toContain('reboot: Power down');
  const versions = execFileSync('mdir', ['-b', '-i', `${disk}@@1M`, '::EFI/Linux'], { encoding: 'utf8' });
  expect(versions.match(/os_\S+/g)).toEqual([
    expect.stringMatching(/^os_1-[0-9a-f]{12}\.efi$/),
    expect.stringMatching(/^os_1\.10-[0-9a-f]{12}\.efi$/),
  ]);
});

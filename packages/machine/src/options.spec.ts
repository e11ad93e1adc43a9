import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from './__tests__/temporary-folder.js';
import { parseDisk, prepareDisks } from './disks.js';
import { MachineError } from './error.js';
import { findUefi, prepareUefi, uefiCandidates } from './firmware.js';
import { mediumOf } from './format-medium.js';
import { httpTarget } from './http-check.js';
import { prepareMedium } from './medium.js';
import { parsePublishedPort, resolvePorts } from './ports.js';
import { findQemu, installLine } from './qemu-programs.js';

const folder = temporaryFolder();

describe('published ports', () => {
  test.each([
    ['8080:80', { host: 8080, guest: 80, protocol: 'tcp' }],
    ['8080:80/tcp', { host: 8080, guest: 80, protocol: 'tcp' }],
    ['53:53/udp', { host: 53, guest: 53, protocol: 'udp' }],
    ['0:22', { host: 0, guest: 22, protocol: 'tcp' }],
    ['0.0.0.0:8080:80', { host: 8080, guest: 80, protocol: 'tcp', address: '0.0.0.0' }],
    ['[::1]:1:2', { host: 1, guest: 2, protocol: 'tcp', address: '[::1]' }],
  ])('%s', (text, port) => expect(parsePublishedPort(text)).toEqual(port));

  test.each([
    '',
    '80',
    '80:',
    ':80',
    'a:b',
    '1:2/sctp',
    '70000:80',
    '80:70000',
    '80:0',
    '-1:80',
    '1:2,hostfwd=x',
  ])('%p is refused', (text) => expect(() => parsePublishedPort(text)).toThrow(MachineError));

  test('host port 0 becomes a free port', async () => {
    const [port] = await resolvePorts(['0:80']);
    expect(port.host).toBeGreaterThan(1023);
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port.host, '127.0.0.1', resolve),
    );
    server.close();
  });

  test('an HTTP check needs a published port', () => {
    expect(httpTarget({ port: 80, path: '/x' }, [{ host: 1234, guest: 80, protocol: 'tcp' }]).url).toBe(
      'http://127.0.0.1:1234/x',
    );
    expect(() => httpTarget({ port: 80 }, [{ host: 1234, guest: 80, protocol: 'udp' }])).toThrow(
      'not published',
    );
  });
});

describe('disks', () => {
  test.each([
    ['data.img', { path: 'data.img' }],
    ['file=data.img,size=512M', { path: 'data.img', size: 512 * 1024 ** 2 }],
    ['data.img,size=2', { path: 'data.img', size: 2 * 1024 ** 3 }],
    ['size=1G,format=qcow2', { size: 1024 ** 3, format: 'qcow2' }],
  ])('%s', (text, disk) => expect(parseDisk(text)).toEqual(disk));

  test.each(['', 'a,b', 'a,size=', 'a,size=0', 'a,size=1T', 'a,size=-1', 'a,format=vmdk', 'a,colour=red'])(
    '%p is refused',
    (text) => expect(() => parseDisk(text)).toThrow(MachineError),
  );

  test('a raw disk is made as a sparse file, and an existing disk stays unchanged', async () => {
    const old = join(folder.path, 'old.img');
    writeFileSync(old, 'data');
    const disks = await prepareDisks(['size=1G', { path: old, size: 1 }], folder.path);
    expect(disks[0]).toEqual({ path: join(folder.path, 'disk0.img'), format: 'raw' });
    expect(statSync(disks[0].path).size).toBe(1024 ** 3);
    expect(statSync(disks[0].path).blocks).toBe(0);
    expect(readFileSync(old, 'utf8')).toBe('data');
  });

  test('a disk without a size must exist', async () => {
    await expect(prepareDisks([join(folder.path, 'none.img')], folder.path)).rejects.toMatchObject({
      code: 'medium-missing',
    });
  });
});

describe('UEFI firmware', () => {
  test('the first complete pair is used: code without variables is skipped', () => {
    const [[code], second] = uefiCandidates('amd64', '/usr/bin/qemu-system-x86_64');
    const files = new Set([code, ...second]);
    expect(findUefi('amd64', '/usr/bin/qemu', (path) => files.has(path))).toEqual({
      code: second[0],
      vars: second[1],
    });
  });

  test("the firmware of QEMU's own release is found beside QEMU", () => {
    const found = findUefi('arm64', '/opt/homebrew/bin/qemu-system-aarch64', (path) =>
      path.startsWith('/opt/homebrew'),
    );
    expect(found.code).toBe('/opt/homebrew/share/qemu/edk2-aarch64-code.fd');
  });

  test('if there is no firmware, the error says what to install', () => {
    expect(() => findUefi('riscv64', '/usr/bin/qemu', () => false)).toThrow(
      expect.objectContaining({ code: 'firmware-missing', hint: expect.stringContaining('Install it') }),
    );
  });

  test('each run gets its own copy of the variables', async () => {
    const vars = join(folder.path, 'template.fd');
    writeFileSync(vars, 'template');
    const images = await prepareUefi({ code: '/code', vars }, folder.path);
    writeFileSync(images.vars!, 'written by the firmware');
    expect(readFileSync(vars, 'utf8')).toBe('template');
  });
});

describe('media that QEMU cannot read itself', () => {
  test('the disk in a tar.gz is unpacked into the state folder', async () => {
    writeFileSync(join(folder.path, 'disk.raw'), 'disk');
    execFileSync('tar', ['-czf', join(folder.path, 'os.img.tar.gz'), '-C', folder.path, 'disk.raw']);
    const medium = { kind: 'disk', path: join(folder.path, 'os.img.tar.gz'), archived: 'disk.raw' } as const;
    const { path } = (await prepareMedium(medium, 'amd64', join(folder.path, 'state'))) as { path: string };
    expect(readFileSync(path, 'utf8')).toBe('disk');
    await expect(
      prepareMedium({ ...medium, path: join(folder.path, 'none') }, 'amd64', folder.path),
    ).rejects.toMatchObject({ code: 'invalid-option' });
  });

  test.each([
    ['amd64', 'BOOTX64.EFI'],
    ['arm64', 'BOOTAA64.EFI'],
    ['riscv64', 'BOOTRISCV64.EFI'],
  ] as const)('an EFI program becomes the default boot program of %s', async (arch, name) => {
    writeFileSync(join(folder.path, 'os.efi'), 'program');
    const medium = { kind: 'efi', path: join(folder.path, 'os.efi') } as const;
    const { path } = (await prepareMedium(medium, arch, folder.path)) as { path: string };
    expect(readFileSync(join(path, 'EFI/BOOT', name), 'utf8')).toBe('program');
  });
});

describe('QEMU missing', () => {
  test.each([
    ['linux', 'apt-get install qemu-system-x86'],
    ['linux', 'dnf install qemu-system-x86-core'],
    ['darwin', 'brew install qemu'],
    ['win32', 'winget install'],
  ] as const)('on %s: %s', (platform, line) => expect(installLine('amd64', platform)).toContain(line));

  test('the error names the program', () => {
    expect(() => findQemu('arm64', folder.path)).toThrow(
      expect.objectContaining({
        code: 'qemu-missing',
        message: expect.stringContaining('qemu-system-aarch64'),
      }),
    );
  });
});

describe('media of formats', () => {
  test.each([
    ['kernel+initrd', { kind: 'kernel', kernel: 'os-kernel', initrd: 'os-initrd.img' }],
    ['kernel+squashfs', { kind: 'kernel', kernel: 'os-kernel', root: 'os-squashfs.img' }],
    ['iso-bios', { kind: 'iso', path: 'os.iso', firmware: 'bios' }],
    ['iso-efi', { kind: 'iso', path: 'os-efi.iso', firmware: 'uefi' }],
    ['raw-bios', { kind: 'disk', path: 'os-bios.img', firmware: 'bios' }],
    ['raw-efi', { kind: 'disk', path: 'os-efi.img', firmware: 'uefi' }],
    ['qcow2-efi', { kind: 'disk', path: 'os-efi.qcow2', format: 'qcow2', firmware: 'uefi' }],
    ['dynamic-vhd', { kind: 'disk', path: 'os.vhd', format: 'vpc', interface: 'ide', firmware: 'bios' }],
    ['iso', { kind: 'iso', path: 'os.iso', firmware: 'bios' }],
    ['vhdx', { kind: 'disk', path: 'os.vhdx', format: 'vhdx', firmware: 'uefi' }],
    ['ova', { kind: 'disk', path: 'os.ova', format: 'vmdk', archived: 'disk.vmdk', firmware: 'bios' }],
    ['gcp', { kind: 'disk', path: 'os.img.tar.gz', archived: 'disk.raw', firmware: 'bios' }],
    ['netboot', { kind: 'netboot', path: 'os.ipxe' }],
    ['uki', { kind: 'efi', path: 'os.efi' }],
    ['tar', undefined],
    ['toString', undefined],
  ])('%s', (format, medium) => expect(mediumOf(format, 'os')).toEqual(medium));

  test('the kernel takes its command line from the file beside it', () => {
    writeFileSync(join(folder.path, 'os-cmdline'), 'console=ttyS0');
    expect(mediumOf('kernel+initrd', join(folder.path, 'os'))).toMatchObject({ cmdline: 'console=ttyS0' });
  });

  test('an initrd beside a root on a disk is used', () => {
    writeFileSync(join(folder.path, 'os-initrd.img'), '');
    const initrd = join(folder.path, 'os-initrd.img');
    expect(mediumOf('kernel+erofs', join(folder.path, 'os'))).toMatchObject({ initrd });
  });
});

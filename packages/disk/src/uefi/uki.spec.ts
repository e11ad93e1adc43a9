import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent } from '@nx-linuxkit/tree';
import { dump, noise, run, scratch } from '../__tests__/tools.js';
import { checkCmdline, inspectKernel } from './kernel.js';
import { ukiImage, type UkiParts } from './uki.js';

const dir = scratch();
const STUB = '/usr/lib/systemd/boot/efi/linuxx64.efi.stub';
const stub = bytesContent(readFileSync(STUB));

/** Noise with the header of a bzImage (Linux's Documentation/arch/x86/boot.rst). */
function fakeKernel({ size = 3 << 20, pe = true, protocol = 0x20f } = {}): Buffer {
  const kernel = Buffer.concat([
    Buffer.alloc(1024),
    noise(Math.min(size, 65536), 'kernel'),
    Buffer.alloc(Math.max(0, size - 66560)),
  ]);
  kernel.fill(0, 0, 1024);
  if (pe) {
    kernel.write('MZ', 0, 'latin1');
    kernel.writeUInt32LE(0x40, 0x3c);
    kernel.write('PE\0\0', 0x40, 'latin1');
  }
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(protocol, 0x206);
  kernel.writeUInt16LE(0x300, 0x20e);
  kernel.write('6.1.0-test (builder) #1\0', 0x500, 'latin1');
  kernel.writeUInt32LE(0x7fffffff, 0x22c);
  kernel.writeUInt16LE(0x7f, 0x236);
  kernel.writeUInt32LE(2047, 0x238);
  return kernel;
}

const PARTS: UkiParts = {
  stub,
  kernel: bytesContent(fakeKernel()),
  initrd: bytesContent(noise(3_000_001, 'initrd')),
  cmdline: 'console=ttyS0',
  osRelease: 'NAME="LinuxKit"\n',
  ucode: bytesContent(noise(5000, 'ucode')),
  uname: '6.1.0-test',
};

interface Section {
  name: string;
  size: number;
  address: number;
  offset: number;
}

const sectionsOf = (path: string): Section[] =>
  [...run('objdump', '-h', path).matchAll(/^ +\d+ (\S+) +(\w+) +(\w+) +\w+ +(\w+)/gm)].map(
    ([, name, size, address, offset]) => ({
      name: name!,
      size: parseInt(size!, 16),
      address: parseInt(address!, 16),
      offset: parseInt(offset!, 16),
    }),
  );

test('objdump finds the sections with their bytes, aligned and without overlaps', async () => {
  const image = await ukiImage(PARTS);
  const path = await dump(image, join(dir, 'all.efi'));
  const file = readFileSync(path);
  const sections = sectionsOf(path);
  expect(sections.map(({ name }) => name).slice(-6)).toEqual([
    '.osrel',
    '.cmdline',
    '.uname',
    '.ucode',
    '.initrd',
    '.linux',
  ]);
  let end = 0;
  for (const { address, size } of sections) {
    expect(address).toBeGreaterThanOrEqual(end);
    end = address + size;
  }
  for (const { name, address, offset, size } of sections.slice(-6)) {
    expect([name, address % 4096, offset % 512]).toEqual([name, 0, 0]);
    expect(offset + size).toBeLessThanOrEqual(file.length);
  }
  const section = (name: string): Buffer => {
    const { offset, size } = sections.find((s) => s.name === name)!;
    return file.subarray(offset, offset + size);
  };
  expect(section('.cmdline').toString()).toContain('console=ttyS0\0');
  expect(section('.linux').subarray(0, fakeKernel().length).equals(fakeKernel())).toBe(true);
  expect(section('.initrd').subarray(0, 3_000_001).equals(noise(3_000_001, 'initrd'))).toBe(true);
  expect(
    section('.text').equals(
      readFileSync(STUB)
        .subarray(sections.find((s) => s.name === '.text')!.offset)
        .subarray(0, section('.text').length),
    ),
  ).toBe(true);
});

test('the header covers all sections, has no time, symbols or signature, and is the same each time', async () => {
  const path = await dump(await ukiImage(PARTS), join(dir, 'header.efi'));
  const header = run('objdump', '-p', path);
  const last = sectionsOf(path).at(-1)!;
  expect(parseInt(/SizeOfImage\s+(\w+)/.exec(header)![1]!, 16)).toBeGreaterThanOrEqual(
    last.address + last.size,
  );
  expect(header).toMatch(/Entry 4 0+ 0+ Security Directory/);
  expect(run('objdump', '-t', path)).toContain('no symbols');
  const again = await dump(await ukiImage(PARTS), join(dir, 'again.efi'));
  expect(readFileSync(again).equals(readFileSync(path))).toBe(true);
});

test('a part that is not given has no section', async () => {
  const path = await dump(await ukiImage({ stub, kernel: PARTS.kernel }), join(dir, 'few.efi'));
  expect(
    sectionsOf(path)
      .map(({ name }) => name)
      .filter((name) => /osrel|cmdline|uname|ucode|initrd/.test(name)),
  ).toEqual([]);
});

test('a stub without room for more sections is refused with the numbers', async () => {
  const crowded = Buffer.from(readFileSync(STUB));
  const table = crowded.readUInt32LE(0x3c) + 24 + crowded.readUInt16LE(crowded.readUInt32LE(0x3c) + 20);
  crowded.writeUInt32LE(table + 400, table + 20);
  await expect(ukiImage({ ...PARTS, stub: bytesContent(crowded) })).rejects.toThrow(
    expect.objectContaining({
      code: 'bad-loader',
      message: expect.stringMatching(/room for 10 sections, the image needs \d+/),
    }),
  );
});

test.each([
  ['a kernel without the EFI stub', { kernel: bytesContent(fakeKernel({ pe: false })) }, 'no-efi-stub'],
  ['a command line beyond the kernel’s', { cmdline: 'x'.repeat(2048) }, 'cmdline-too-long'],
  ['a stub that is not a PE file', { stub: bytesContent('MZ') }, 'bad-loader'],
  ['text instead of a kernel', { kernel: bytesContent('kernel') }, 'bad-kernel'],
] as [string, Partial<UkiParts>, string][])('refuses %s', async (_, parts, code) => {
  await expect(ukiImage({ ...PARTS, ...parts })).rejects.toThrow(expect.objectContaining({ code }));
});

describe('inspectKernel', () => {
  const flat = (magic: string, machine: number, pe = true): Buffer => {
    const image = Buffer.alloc(512);
    image.write(magic, 56, 'latin1');
    if (!pe) return image;
    image.write('MZ', 0, 'latin1');
    image.writeUInt32LE(64, 0x3c);
    image.write('PE\0\0', 64, 'latin1');
    image.writeUInt16LE(machine, 68);
    image.writeUInt16LE(0x20b, 88);
    return image;
  };
  const zboot = flat('', 0xaa64);
  zboot.write('zimg', 4, 'latin1');

  test.each([
    [
      'bzImage',
      fakeKernel({ size: 70_000 }),
      {
        arch: 'x86_64',
        efiStub: true,
        cmdlineSize: 2047,
        initrdAddressMax: 0x7fffffff,
        version: '6.1.0-test (builder) #1',
      },
    ],
    [
      'bzImage without the EFI stub',
      fakeKernel({ size: 70_000, pe: false }),
      { arch: 'x86_64', efiStub: false },
    ],
    [
      'bzImage of protocol 2.05',
      fakeKernel({ size: 70_000, protocol: 0x205 }),
      { arch: 'i386', cmdlineSize: 255 },
    ],
    ['arm64 Image', flat('ARM\x64', 0xaa64), { arch: 'arm64', efiStub: true, cmdlineSize: 2047 }],
    ['arm64 Image without the EFI stub', flat('ARM\x64', 0, false), { arch: 'arm64', efiStub: false }],
    ['riscv64 Image', flat('RSC\x05', 0x5064), { arch: 'riscv64', efiStub: true }],
    ['arm64 zboot', zboot, { arch: 'arm64', efiStub: true }],
  ])('%s', (_, head, expected) => {
    expect(inspectKernel(head)).toMatchObject(expected);
  });

  test.each([
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /got gzip/],
    ['nothing', Buffer.alloc(0), /got something else/],
    ['an x86 EFI program', flat('', 0x8664), /got something else/],
  ])('refuses %s', (_, head, message) => {
    expect(() => inspectKernel(head)).toThrow(
      expect.objectContaining({ code: 'bad-kernel', message: expect.stringMatching(message) }),
    );
  });

  test('the command line is counted in bytes', () => {
    const info = inspectKernel(fakeKernel({ size: 70_000 }));
    expect(() => checkCmdline(info, 'ü'.repeat(1023))).not.toThrow();
    expect(() => checkCmdline(info, 'ü'.repeat(1024))).toThrow(/at most 2047 bytes, got 2048/);
  });
});

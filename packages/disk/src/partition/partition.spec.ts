import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent } from '@nx-linuxkit/tree';
import { dump, hashOf, contentAsImage, run, scratch } from '../__tests__/tools.js';
import { fatImage } from '../fat/volume.js';
import { fileEntries } from '../file-entries.js';
import { makeImage, readImage } from '../image/image.js';
import { MIB } from '../image/units.js';
import { gptDisk } from './gpt.js';
import { GPT_TYPES } from './guid.js';
import { mbrDisk } from './mbr.js';

const dir = scratch();
const esp = fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': 'x' }), { label: 'ESP' });
const data = contentAsImage(bytesContent('linux'.repeat(1000)));

test('a GPT disk passes sgdisk, with names, types and the legacy boot attribute', async () => {
  const disk = gptDisk([
    { image: esp, type: GPT_TYPES.esp, name: 'EFI System', legacyBoot: true },
    { image: data, type: GPT_TYPES.linux, name: 'root' },
  ]);
  const path = await dump(disk, join(dir, 'gpt.img'));
  expect(disk.size % MIB).toBe(0);
  expect(run('sgdisk', '-v', path)).toContain('No problems found');
  expect(run('sgdisk', '-i', '1', path)).toMatch(
    /EFI system partition[^]*Attribute flags: 0000000000000004[^]*'EFI System'/,
  );
  expect(run('sgdisk', '-i', '2', path)).toMatch(/Linux filesystem[^]*First sector: 4096[^]*'root'/);
  expect(
    readFileSync(path)
      .subarray(2048 * 512, 2048 * 512 + 11)
      .toString('latin1'),
  ).toContain('NXLINUX');
});

test('sfdisk reads the partitions of an MBR disk, which has its boot code', async () => {
  const bootCode = readFileSync('/usr/lib/SYSLINUX/mbr.bin');
  const disk = mbrDisk(
    [
      { image: esp, type: 0x0c, active: true },
      { image: data, type: 0x83 },
    ],
    { bootCode, minimumSize: 10 * MIB },
  );
  const path = await dump(disk, join(dir, 'mbr.img'));
  expect(disk.size).toBe(10 * MIB);
  expect(run('/sbin/sfdisk', '-d', path)).toMatch(
    /start= +2048, size= +\d+, type=c, bootable[^]*start= +4096, size= +10, type=83/,
  );
  expect(readFileSync(path).subarray(0, 440).equals(bootCode)).toBe(true);
});

test('a minimum size moves the second header to the end', async () => {
  const disk = gptDisk([{ image: esp, type: GPT_TYPES.esp, name: 'ESP' }], { minimumSize: 50 * MIB });
  expect(disk.size).toBe(50 * MIB);
  expect(run('sgdisk', '-v', await dump(disk, join(dir, 'large.img')))).toContain('No problems found');
});

test('the ids change with the content', async () => {
  const of = (text: string): Promise<string> =>
    hashOf(
      readImage(
        gptDisk([{ image: contentAsImage(bytesContent(text)), type: GPT_TYPES.esp, name: 'x' }]),
        512,
        1024,
      ),
    );
  expect(await of('a')).toBe(await of('a'));
  expect(await of('a')).not.toBe(await of('b'));
});

test.each([
  ['five MBR partitions', () => mbrDisk(Array(5).fill({ image: data, type: 0x83 })), 'bad-option'],
  ['boot code over the partition table', () => mbrDisk([], { bootCode: new Uint8Array(512) }), 'bad-loader'],
  ['an MBR beyond 2 TiB', () => mbrDisk([{ image: makeImage(2 ** 41, []), type: 0x83 }]), 'image-too-large'],
  [
    'a long partition name',
    () => gptDisk([{ image: data, type: GPT_TYPES.linux, name: 'n'.repeat(37) }]),
    'bad-name',
  ],
  [
    '129 GPT partitions',
    () => gptDisk(Array(129).fill({ image: data, type: GPT_TYPES.linux, name: 'n' })),
    'bad-option',
  ],
])('refuses %s', (_, make, code) => {
  expect(make).toThrow(expect.objectContaining({ code }));
});

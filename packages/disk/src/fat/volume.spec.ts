import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, hashOf, noise, run, scratch } from '../__tests__/tools.js';
import { fileEntries } from '../file-entries.js';
import { readImage } from '../image/image.js';
import { MIB } from '../image/units.js';
import { fatImage, fatVolume, type FatOptions } from './volume.js';

const dir = scratch();

const FILES = {
  'EFI/BOOT/BOOTX64.EFI': noise(70_000, 'boot'),
  'EFI/BOOT/grub.cfg': 'set timeout=0\n',
  kernel: noise(300_001, 'kernel'),
  'initrd.img': noise(5000, 'initrd'),
  'syslinux.cfg': 'DEFAULT linux\n',
  empty: '',
  'a name with spaces.and.dots': 'x',
  'a name with spaces.and.dotted': 'y',
  'Ünïcode-ß.txt': 'z',
  [`${'long-'.repeat(50)}`]: 'long',
};

const SIZES: [string, FatOptions, number][] = [
  ['small content', {}, 12],
  ['a floppy', { minimumSize: 1_474_560 }, 12],
  ['the largest size of FAT12', { minimumSize: 8 * MIB }, 12],
  ['FAT16 by size', { minimumSize: 9 * MIB }, 16],
  ['FAT16 of 128 MiB', { minimumSize: 128 * MIB }, 16],
  ['FAT16 of 500 MiB', { minimumSize: 500 * MIB }, 16],
  ['FAT32 by size', { minimumSize: 600 * MIB }, 32],
  ['FAT16 on demand', { bits: 16 }, 16],
  ['FAT32 on demand', { bits: 32 }, 32],
  ['FAT32 of 300 MiB on demand', { bits: 32, minimumSize: 300 * MIB }, 32],
];

describe.each(SIZES)('a volume with %s', (title, options, bits) => {
  const path = join(dir, `${title}.img`);
  const volume = fatVolume(fileEntries(FILES), { ...options, label: 'linuxkit' });

  test('has the expected width and size', () => {
    expect(volume.bits).toBe(bits);
    expect(volume.image.size).toBeGreaterThanOrEqual(options.minimumSize ?? 0);
    expect(volume.image.size - (options.minimumSize ?? volume.image.size)).toBeLessThan(64 * 1024);
  });

  test('passes fsck.fat, and mtools reads all its files', async () => {
    await dump(volume.image, path);
    run('fsck.fat', '-n', path);
    run('mcopy', '-s', '-n', '-i', path, '::', join(dir, `${title}.d`));
    for (const [name, content] of Object.entries(FILES)) {
      expect(readFileSync(join(dir, `${title}.d`, name)).equals(Buffer.from(content as string))).toBe(true);
    }
    expect(run('mdir', '-i', path, '::')).toContain('Volume in drive : is LINUXKIT');
  });
});

test('a short name gets a number if it loses more than case', async () => {
  const path = await dump(fatImage(fileEntries(FILES)), join(dir, 'names.img'));
  const listing = run('mdir', '-i', path, '::');
  expect(listing).toMatch(/^INITRD {3}IMG .* initrd\.img$/m);
  expect(listing).toMatch(/^ANAMEW~1 AND|^ANAMEW~1 DOT/m);
  expect(listing).toMatch(/^ANAMEW~2 DOT|^ANAMEW~1 DOT/m);
});

test('sectors() returns the sectors of a file', async () => {
  const volume = fatVolume(fileEntries(FILES), { bits: 16 });
  const sectors = volume.sectors('/kernel');
  const first: Uint8Array[] = [];
  for await (const chunk of readImage(volume.image, sectors[0]! * 512, sectors[0]! * 512 + 300_001))
    first.push(chunk);
  expect(sectors).toHaveLength(Math.ceil(300_001 / 512));
  expect(Buffer.concat(first).equals(FILES.kernel)).toBe(true);
});

test('equal input gives equal bytes, and another content gives another serial number', async () => {
  const bytes = (files: Record<string, string | Buffer>, from = 0, to?: number): Promise<string> =>
    hashOf(readImage(fatImage(fileEntries(files)), from, to));
  expect(await bytes(FILES)).toBe(await bytes(FILES));
  expect(await bytes({ a: '1' }, 39, 43)).not.toBe(await bytes({ a: '2' }, 39, 43));
});

test('a directory can have 600 names, in the root and below, on each width', async () => {
  const names = Array.from({ length: 600 }, (_, i) => `a long name of a file ${i}.txt`);
  const files = Object.fromEntries(
    names.flatMap((name) => [
      [name, 'x'],
      [`sub/${name}`, 'y'],
    ]),
  );
  for (const bits of [12, 16, 32] as const) {
    const path = await dump(fatImage(fileEntries(files), { bits }), join(dir, `many${bits}.img`));
    run('fsck.fat', '-n', path);
  }
});

describe('refusals', () => {
  const huge = {
    source: { id: 'huge', size: 2 ** 32, read: () => readImage({ size: 0, extents: [] }) },
    offset: 0,
    size: 2 ** 32,
  };

  test.each([
    ['a file of 4 GiB', { big: huge }, {}, 'file-too-large', /4294967295 bytes, got 4294967296/],
    [
      'more content than the greatest size',
      { kernel: FILES.kernel },
      { maximumSize: 100_000 },
      'image-too-large',
      /at most 100000 bytes, but the content needs \d+/,
    ],
    ['FAT12 of 100 MiB', {}, { bits: 12, minimumSize: 100 * MIB }, 'image-too-large', /FAT12/],
    ['names that differ by case', { kernel: '', Kernel: '' }, {}, 'duplicate-name', /differs only in case/],
    ['a forbidden character', { 'a:b': '' }, {}, 'bad-name', /forbids/],
    ['a name that is not Unicode', { 'a\udc80': '' }, {}, 'bad-name', /not Unicode/],
    ['a dot at the end', { 'a.': '' }, {}, 'bad-name', /drops dots/],
    ['a label that is too long', {}, { label: 'twelve chars' }, 'bad-option', /1 to 11/],
  ] as [string, Record<string, string>, FatOptions, string, RegExp][])(
    '%s',
    (_, files, options, code, message) => {
      expect(() => fatVolume(fileEntries(files), options)).toThrow(
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      );
    },
  );

  test('a symlink', () => {
    const [root] = fileEntries({});
    const link = { path: 'link', inode: { ...root!.inode, type: 'symlink' as const, target: 'x' } };
    expect(() => fatVolume([root!, link])).toThrow(expect.objectContaining({ code: 'unsupported-entry' }));
  });
});

import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent } from '@nx-linuxkit/tree';
import { dump, noise, run, scratch } from '../__tests__/tools.js';
import { fatVolume, type FatOptions } from '../fat/volume.js';
import { fileEntries } from '../file-entries.js';
import { readImage } from '../image/image.js';
import { MIB } from '../image/units.js';
import { extractSyslinux } from './extract.js';
import { patchLdlinux } from './patch.js';
import { altMbr, syslinuxVolume } from './volume.js';

const PROGRAM = '/usr/bin/syslinux';
const dir = scratch();
const loader = extractSyslinux(readFileSync(PROGRAM));
const FILES = { 'syslinux.cfg': 'DEFAULT linux\n', kernel: noise(200_000, 'kernel'), 'sub/file': 'x' };

const VOLUMES: [string, FatOptions][] = [
  ['FAT12', { minimumSize: 2 * MIB }],
  ['FAT16', { minimumSize: 20 * MIB }],
  ['FAT32', { bits: 32 }],
];

/** The sector numbers of a file, read by mtools from the tables of the volume. */
function chainOf(path: string, name: string): number[] {
  const text = run('mshowfat', '-i', path, `::${name}`);
  const bpb = readFileSync(path).subarray(0, 90);
  const perCluster = bpb.readUInt8(13);
  const fatSectors = bpb.readUInt16LE(22) || bpb.readUInt32LE(36);
  const rootSectors = (bpb.readUInt16LE(17) * 32) / 512;
  const start = bpb.readUInt16LE(14) + 2 * fatSectors + rootSectors;
  return [...text.matchAll(/<(\d+)(?:-(\d+))?>/g)].flatMap(([, first, last]) =>
    Array.from(
      { length: (Number(last ?? first) - Number(first) + 1) * perCluster },
      (_, i) => start + (Number(first) - 2) * perCluster + i,
    ),
  );
}

test('the three files are extracted from the program', () => {
  expect(loader.bss).toHaveLength(512);
  expect(loader.sys.length % 512).toBe(0);
  expect(Buffer.from(loader.sys.subarray(2, 10)).toString()).toBe('SYSLINUX');
  expect(Buffer.from(loader.c32.subarray(1, 4)).toString()).toBe('ELF');
});

describe.each(VOLUMES)('on %s', (title, options) => {
  test('the patched files equal those of `syslinux -i`, byte for byte', async () => {
    const path = await dump(
      fatVolume(fileEntries(FILES), options.bits ? options : { ...options }).image,
      join(dir, `${title}.img`),
    );
    const before = join(dir, `${title}.before`);
    copyFileSync(path, before);
    run(PROGRAM, '-i', path);
    run('mcopy', '-n', '-i', path, '::ldlinux.sys', '::ldlinux.c32', dir);
    const theirs = readFileSync(join(dir, 'ldlinux.sys'));
    const size = theirs.length / 512;
    const { file, bootSector } = patchLdlinux(loader.sys, loader.bss, {
      bootSector: readFileSync(before).subarray(0, 512),
      sectors: chainOf(path, 'ldlinux.sys').slice(0, size),
    });
    expect(file.equals(theirs)).toBe(true);
    expect(bootSector.equals(readFileSync(path).subarray(0, 512))).toBe(true);
    expect(Buffer.from(loader.c32).equals(readFileSync(join(dir, 'ldlinux.c32')))).toBe(true);
  });

  test('the volume equals the one that `syslinux -i` makes of the same tree', async () => {
    const volume = syslinuxVolume(fileEntries(FILES), loader, options);
    const path = await dump(volume.image, join(dir, `${title}.ours`));
    run('fsck.fat', '-n', path);
    expect(chainOf(path, 'ldlinux.sys').slice(0, volume.sectors('ldlinux.sys').length)).toEqual(
      volume.sectors('ldlinux.sys'),
    );
    run('mcopy', '-n', '-i', path, '::ldlinux.sys', join(dir, `${title}.sys`));
    const { file, bootSector } = patchLdlinux(loader.sys, loader.bss, {
      bootSector: readFileSync(path).subarray(0, 512),
      sectors: volume.sectors('ldlinux.sys'),
    });
    expect(readFileSync(join(dir, `${title}.sys`)).equals(file)).toBe(true);
    expect(readFileSync(path).subarray(0, 512).equals(bootSector)).toBe(true);
    expect(run('mattrib', '-i', path, '::ldlinux.sys')).toMatch(/^ *A? *S *H *R/m);
  });
});

test('each scattered sector becomes an extent, and more extents than fit are refused', () => {
  const count = loader.sys.length / 512 + 2;
  const every = (step: number): number[] => Array.from({ length: count }, (_, i) => 100 + i * step);
  expect(() =>
    patchLdlinux(loader.sys, loader.bss, { bootSector: new Uint8Array(512), sectors: every(2) }),
  ).not.toThrow();
  expect(() =>
    patchLdlinux(loader.sys, loader.bss, { bootSector: new Uint8Array(512), sectors: every(1).slice(1) }),
  ).toThrow(expect.objectContaining({ code: 'bad-loader' }));
});

test.each([
  ['zeros', Buffer.alloc(100_000)],
  ['a banner without a boot sector', Buffer.concat([Buffer.alloc(600), Buffer.from('\r\nSYSLINUX 6.04')])],
  ['nothing after ldlinux.sys', readFileSync(PROGRAM).subarray(0, 70_000)],
])('a program that is %s is refused', (_, bytes) => {
  expect(() => extractSyslinux(bytes)).toThrow(expect.objectContaining({ code: 'bad-loader' }));
});

test('altMbr appends the partition to altmbr.bin', () => {
  const path = '/usr/lib/SYSLINUX/altmbr.bin';
  expect(existsSync(path)).toBe(true);
  expect(altMbr(readFileSync(path), 1)[439]).toBe(1);
  expect(() => altMbr(Buffer.alloc(440), 1)).toThrow(expect.objectContaining({ code: 'bad-loader' }));
  expect(() => altMbr(readFileSync(path), 5)).toThrow(expect.objectContaining({ code: 'bad-option' }));
});

test('entries may be an iterator, and their own ldlinux files are replaced', async () => {
  const volume = syslinuxVolume(
    fileEntries({ ...FILES, 'ldlinux.sys': bytesContent('old') }).values(),
    loader,
  );
  let bytes = 0;
  for await (const chunk of readImage(volume.image)) bytes += chunk.length;
  expect(bytes).toBe(volume.image.size);
  expect(volume.sectors('ldlinux.sys')).toHaveLength(loader.sys.length / 512 + 2);
});

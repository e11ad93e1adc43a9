import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, Inode } from '@nx-linuxkit/tree';
import { dump, hashOf, lyingContent, noise, run, scratch } from '../__tests__/tools.js';
import { sampleTree } from '../__tests__/sample-tree.js';
import { fatImage } from '../fat/volume.js';
import { fileEntries } from '../file-entries.js';
import { makeImage, readImage } from '../image/image.js';
import { zeros } from '../image/zeros.js';
import { isoImage, type IsoOptions } from './image.js';

const dir = scratch();
const isolinux = readFileSync('/usr/lib/ISOLINUX/isolinux.bin');
const isohdpfx = readFileSync('/usr/lib/ISOLINUX/isohdpfx.bin');
const efi = fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': noise(300_000, 'grub') }));
const BOOTABLE = fileEntries({
  'isolinux/isolinux.bin': isolinux,
  'isolinux/isolinux.cfg': 'default linux\n',
  kernel: noise(100_000, 'k'),
});
const bios = { path: '/isolinux/isolinux.bin' };

/** The listing of xorriso, which has its own reader of Rock Ridge. */
const lsl = (path: string): string =>
  run('xorriso', '-indev', `stdio:${path}`, '-find', '/', '-exec', 'lsdl');

test('xorriso reads the names, modes, owners, times, targets and devices of all types of entries', async () => {
  const path = await dump(await isoImage(sampleTree(), { joliet: true }), join(dir, 'tree.iso'));
  const listing = lsl(path);
  expect(listing).toMatch(/^-rwsr-xr-x +1 0 +0 +5 Jan +2 +2020 '\/bin\/su'$/m);
  expect(listing).toMatch(/^lrwxrwxrwx .*'\/sbin' -> 'usr\/sbin'$/m);
  expect(listing).toMatch(/^lrwxrwxrwx .*-> '\/\.\.\/abs\/.*'$/m);
  expect(listing).toMatch(/^crw-rw-rw- .*'\/dev\/null'$/m);
  expect(listing).toMatch(/^brw-r----- +1 0 +6 .*'\/dev\/nvme0n1'$/m);
  expect(listing).toMatch(/^prw------- .*'\/dev\/initctl'$/m);
  expect(listing).toMatch(/^-rw-r--r-- +1 1000 +1001 +12 .*'\/hard1'$/m);
  expect(listing).toMatch(/^drwxrwxrwt .*'\/tmp'$/m);
  expect(listing).toContain(`'/${'n'.repeat(253)}'`);
  expect(listing).toContain(`-> '${'t/'.repeat(400)}end'`);
  run('xorriso', '-osirrox', 'on', '-indev', `stdio:${path}`, '-extract', '/many', join(dir, 'many'));
  expect(readFileSync(join(dir, 'many', 'file-234')).toString()).toBe('234');
  expect(run('isoinfo', '-i', path, '-J', '-f')).toContain('/many/file-234');
  expect(run('isoinfo', '-d', '-i', path)).toMatch(/Rock Ridge signatures version 1 found/);
});

test('an ISO holds a deep directory, and a file of 5 GiB in sections', async () => {
  const size = 5 * 2 ** 30;
  const source = {
    id: 'zeros',
    size,
    read: async function* (start: number, end: number) {
      yield* zeros(end - start);
    },
  };
  const deep = Array.from({ length: 12 }, (_, i) => `d${i}`).join('/');
  const entries = fileEntries({ [`${deep}/file`]: 'deep', 'zz-big': { source, offset: 0, size } });
  const image = await isoImage(entries);
  // Only the metadata is read: xorriso takes the listing from it.
  const head = makeImage(
    image.size,
    image.extents.filter(({ content }) => content.source !== source),
  );
  const listing = lsl(await dump(head, join(dir, 'deep.iso')));
  expect(listing).toMatch(/5368709120 .*'\/zz-big'/);
  expect(listing).toContain(`/${deep}/file`);
}, 30_000);

const BOOTS: [string, IsoOptions, RegExp[]][] = [
  ['BIOS CD', { bios }, [/El Torito images.*\n?.*BIOS/, /isohybrid|boot-info|boot_info_table/]],
  ['BIOS CD and disk', { bios, hybridMbr: isohdpfx }, [/BIOS/, /isohybrid/]],
  ['UEFI CD and disk', { efi }, [/UEFI/, /GPT/]],
  ['all four', { bios, efi, hybridMbr: isohdpfx }, [/BIOS/, /UEFI/, /isohybrid/, /GPT/]],
];

test.each(BOOTS)('xorriso sees the boot records of %s', async (title, options, expected) => {
  const image = await isoImage(BOOTABLE, options);
  const path = await dump(image, join(dir, `${title}.iso`));
  const report = run(
    'xorriso',
    '-indev',
    `stdio:${path}`,
    '-report_el_torito',
    'plain',
    '-report_system_area',
    'plain',
  );
  for (const pattern of expected) expect(report).toMatch(pattern);
  if (options.efi) {
    const lba = Number(/^El Torito boot img : +\d+ +UEFI .* (\d+)$/m.exec(report)?.[1]);
    run('fsck.fat', '-n', await dump(makeImage(efi.size, efi.extents), join(dir, 'efi.fat')));
    const embedded = readFileSync(path).subarray(lba * 2048, lba * 2048 + efi.size);
    expect(embedded.equals(readFileSync(join(dir, 'efi.fat')))).toBe(true);
  }
});

test('an ISO for UEFI alone passes sgdisk as a GPT disk', async () => {
  const path = await dump(await isoImage(BOOTABLE, { efi }), join(dir, 'gpt.iso'));
  expect(run('sgdisk', '-v', path)).toContain('No problems found');
});

test('the boot-info table equals what genisoimage writes', async () => {
  const tree = join(dir, 'boot-info');
  run('mkdir', '-p', `${tree}/isolinux`);
  run('cp', '/usr/lib/ISOLINUX/isolinux.bin', `${tree}/isolinux/`);
  const theirs = join(dir, 'theirs.iso');
  run(
    'genisoimage',
    '-quiet',
    '-R',
    '-b',
    'isolinux/isolinux.bin',
    '-c',
    'isolinux/boot.cat',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
    '-o',
    theirs,
    tree,
  );
  const ours = await dump(await isoImage(BOOTABLE, { bios }), join(dir, 'ours.iso'));
  const loaderIn = (path: string): Buffer => {
    const bytes = readFileSync(path);
    const catalog = bytes.readUInt32LE(17 * 2048 + 71);
    const lba = bytes.readUInt32LE(catalog * 2048 + 40);
    const loader = bytes.subarray(lba * 2048, lba * 2048 + isolinux.length);
    expect(loader.readUInt32LE(12)).toBe(lba);
    loader.writeUInt32LE(0, 12);
    return loader;
  };
  expect(loaderIn(ours).equals(loaderIn(theirs))).toBe(true);
});

test('equal input gives equal bytes', async () => {
  const once = async (): Promise<string> =>
    hashOf(readImage(await isoImage(sampleTree(), { efi, joliet: true })));
  expect(await once()).toBe(await once());
});

describe('refusals', () => {
  const large = makeImage(40 * 2 ** 20, []);
  test.each([
    [
      'an EFI image beyond 32 MiB',
      BOOTABLE,
      { efi: large },
      'boot-image-too-large',
      /33553920 bytes, got 41943040/,
    ],
    ['a loader that is not in the tree', BOOTABLE, { bios: { path: 'nothing' } }, 'missing-file', /nothing/],
    ['a volume id that is too long', [], { volume: 'v'.repeat(33) }, 'bad-option', /32/],
    ['a hybrid MBR of another size', BOOTABLE, { bios, hybridMbr: new Uint8Array(440) }, 'bad-loader', /432/],
    [
      'a hybrid MBR without isolinux',
      BOOTABLE,
      { efi, hybridMbr: isohdpfx },
      'bad-option',
      /no BIOS boot image/,
    ],
    [
      'a name that Linux would cut',
      fileEntries({ ['n'.repeat(254)]: '' }),
      {},
      'bad-name',
      /253 bytes.*got 254/,
    ],
    ['a child before its parent', [{ path: 'a/b', inode: BOOTABLE[0]!.inode }], {}, 'missing-file', /parent/],
  ] as [string, Entry[], IsoOptions, string, RegExp][])('%s', async (_, entries, options, code, message) => {
    await expect(isoImage(entries, options)).rejects.toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('a source that ends early fails the write instead of shifting what follows', async () => {
    const short = lyingContent('1234', 9);
    const inode: Inode = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, content: short };
    const image = await isoImage([{ path: 'short', inode }]);
    await expect(hashOf(readImage(image))).rejects.toThrow(
      expect.objectContaining({ code: 'short-content' }),
    );
  });
});

import { rmSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inode, Tree } from '@nx-linuxkit/tree';
import {
  comparable,
  DECOMPRESSORS,
  extracted,
  EXTRACTORS,
  linesOfFolder,
  linkedNames,
  shell,
} from './merged/readers.js';
import { buildMerged, linesOf, MICROCODE, type MergedSystem } from './merged/system.js';

/** Names of one inode in a tree, as `linkedNames` gives them. */
function linkedIn(tree: Tree): string[] {
  const names = new Map<Inode, string[]>();
  for (const { path, inode } of tree.entries())
    if (inode.type !== 'dir' && inode.type !== 'symlink' && !path.startsWith('boot/'))
      names.set(inode, [...(names.get(inode) ?? []), path]);
  return [...names.values()]
    .filter(({ length }) => length > 1)
    .map((paths) => paths.sort().join(' = '))
    .sort();
}

describe.each(['gzip', 'zstd', 'none'] as const)(
  'an initrd, %s, is one file of one archive',
  (compressor) => {
    let system: MergedSystem;
    let initrd: Buffer;
    let plain: Buffer;
    let expected: string[];
    beforeAll(async () => {
      system = await buildMerged(compressor, { ucode: false });
      initrd = readFileSync(`${system.prefix}-initrd.img`);
      plain = compressor === 'none' ? initrd : shell(DECOMPRESSORS[compressor][0], { input: initrd });
      expected = comparable(await linesOf(system.tree));
    });
    afterAll(() => rmSync(system.workspace, { recursive: true, force: true }));
    const folder = (name: string) => join(system.workspace, name.replace(/\W+/g, '-'));

    if (compressor === 'gzip')
      it('passes gzip -t and pigz -t', () => {
        for (const tool of ['gzip -t', 'pigz -t']) expect(shell(tool, { input: initrd }).length).toBe(0);
      });
    if (compressor === 'zstd')
      it('passes zstd -t', () => {
        shell('zstd -tq', { input: initrd });
        expect(shell(`zstd -l ${system.prefix}-initrd.img | tail -1`).toString()).toMatch(/^ +1 +0 /);
      });

    if (compressor !== 'none')
      it.each(DECOMPRESSORS[compressor])('%s gives all of it', (tool) => {
        expect(shell(tool, { input: initrd }).equals(plain)).toBe(true);
      });

    it.each(EXTRACTORS)('%s gives the tree of the tar', (tool) => {
      const unpacked = extracted(folder(tool), tool, plain);
      expect(comparable(linesOfFolder(unpacked))).toEqual(expected);
      expect(linkedNames(unpacked)).toEqual(linkedIn(system.tree));
    });

    // These two take an uncompressed archive for microcode.
    if (compressor !== 'none')
      it('lsinitramfs lists all paths, and unmkinitramfs gives the tree', () => {
        const image = `${system.prefix}-initrd.img`;
        const listed = shell(`lsinitramfs ${image}`).toString().split('\n');
        const paths = expected.map((line) => line.split('|')[0].slice(2));
        expect(listed).toEqual(expect.arrayContaining(paths));
        const unpacked = extracted(folder('unmk'), `unmkinitramfs ${image} .`);
        expect(comparable(linesOfFolder(unpacked))).toEqual(expected);
      });

    if (compressor === 'gzip')
      it('survives unpacking, linking equal files and packing anew as one zstd archive', () => {
        const unpacked = extracted(folder('pipeline'), 'pigz -d -c | cpio -idmu --quiet', initrd);
        shell('hardlink -q .', { cwd: unpacked });
        const packed = shell('find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet | zstd -q', {
          cwd: unpacked,
        });
        const again = extracted(folder('again'), 'zstd -dc | cpio -idmu --quiet', packed);
        expect(comparable(linesOfFolder(again))).toEqual(expected);
      });
  },
);

it.each(['gzip', 'zstd'] as const)('microcode is an archive of its own before it, %s', async (compressor) => {
  const system = await buildMerged(compressor, { ucode: true });
  try {
    const image = `${system.prefix}-initrd.img`;
    expect(shell(`lsinitramfs ${image}`).toString()).toContain(MICROCODE);
    const unpacked = extracted(join(system.workspace, 'unmk'), `unmkinitramfs ${image} .`);
    expect(readFileSync(join(unpacked, 'early', MICROCODE), 'utf8')).toBe('no microcode at all');
    expect(comparable(linesOfFolder(join(unpacked, 'main')))).toEqual(comparable(await linesOf(system.tree)));
  } finally {
    rmSync(system.workspace, { recursive: true, force: true });
  }
});

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { tree as anyTree } from '../__tests__/arbitrary.js';
import { inodeOf } from '../__tests__/inodes.js';
import { listing } from '../__tests__/listing.js';
import {
  dir,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  pax,
  rawImage,
  symlink,
} from '../__tests__/raw-tar.js';
import { collect } from '../__tests__/streams.js';
import { compareTrees } from '../compare.js';
import type { Inode } from '../inode.js';
import { Tree } from '../tree.js';
import { writeTar } from './writer.js';

const inode = (extra: Partial<Inode> = {}) => inodeOf('file', extra);
const tarOf = (tree: Tree, origins = false) => collect(writeTar(tree.entries(), { origins }));
const readBack = (tar: Buffer) => imageOf(layerOf(tar)).tree;

describe('writeTar', () => {
  it('writes any tree so that indexing and flattening the tar gives it back', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const again = readBack(await tarOf(tree));
        expect(await compareTrees(tree, again, { mtimes: 'all' })).toEqual([]);
        expect((await tarOf(again)).equals(await tarOf(tree))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('needs no PAX where ustar has room: 155 + 100 bytes of name', async () => {
    const fits = `${'p'.repeat(77)}/${'q'.repeat(77)}/${'n'.repeat(100)}`;
    const tar = await tarOf(Tree.of([{ path: fits, inode: inode() }]));
    expect(tar.includes('PaxHeader')).toBe(false);
    expect(readBack(tar).get(fits)).toBeDefined();
  });

  it.each<[string, string, Partial<Inode>]>([
    ['a component of more than 100 bytes', 'n'.repeat(101), {}],
    ['a prefix of more than 155 bytes', `${'p'.repeat(156)}/n`, {}],
    ['a directory of 100 bytes, for its slash', 'n'.repeat(100), { type: 'dir' }],
    ['UTF-8', 'é', {}],
    ['a name that is not UTF-8', '\udcff', {}],
    ['a target of more than 100 bytes', 'l', { type: 'symlink', target: 't'.repeat(101) }],
    ['a large owner', 'f', { uid: 2 ** 21 }],
    ['a large group', 'f', { gid: 4294967294 }],
    ['a time before 1970', 'f', { mtime: -5 }],
    ['a time beyond 2242', 'f', { mtime: 2 ** 34 }],
    ['xattrs, any bytes', 'f', { xattrs: new Map([['user.x', Buffer.from([0, 10, 61, 255])]]) }],
  ])('uses PAX for %s', async (_, path, extra) => {
    const tree = Tree.of([{ path, inode: inode(extra) }]);
    const tar = await tarOf(tree);
    expect(tar.includes('PaxHeader')).toBe(true);
    expect(await compareTrees(tree, readBack(tar), { mtimes: 'all' })).toEqual([]);
  });

  it('writes a size of 8 GiB into the PAX record and into the header', async () => {
    const size = 2 ** 33;
    const source = { id: 'huge', size, read: async function* () {} };
    const [header, ...rest] = [
      await collect(writeTar([{ path: 'f', inode: inode({ content: { source, offset: 0, size } }) }])),
    ];
    expect(rest).toEqual([]);
    expect(header!.includes(`size=${size}\n`)).toBe(true);
    expect(header!.subarray(1024 + 124, 1024 + 136).readUIntBE(6, 6)).toBe(size);
  });

  it('writes hard links after their target, also those of symlinks', async () => {
    const { tree } = rawImage([file('z', 'body'), hardlink('z', 'a'), symlink('z', 'l'), hardlink('l', 'm')]);
    expect(
      indexOf(await tarOf(tree)).map(({ path, type, target }) => `${path} ${type} ${target ?? ''}`),
    ).toEqual(['a file ', 'l symlink z', 'm hardlink l', 'z hardlink a']);
  });

  it('writes origins only when asked', async () => {
    const origin = { source: 'docker.io/x/é:1', location: 'init[0]' };
    const tree = Tree.of([{ path: 'f', inode: inode({ origin }) }]);
    expect((await tarOf(tree)).includes('LINUXKIT')).toBe(false);
    const tar = await tarOf(tree, true);
    expect(tar.includes('29 LINUXKIT.location=init[0]\n36 LINUXKIT.source=docker.io/x/é:1\n')).toBe(true);
  });

  it('refuses a device number that tar cannot hold', async () => {
    const tree = Tree.of([{ path: 'n', inode: inode({ type: 'char', device: [1, 2 ** 21] }) }]);
    await expect(tarOf(tree)).rejects.toThrow(expect.objectContaining({ code: 'range' }));
  });

  it('writes what GNU tar reads', async () => {
    const { tree } = rawImage([
      dir('d', 0o1777),
      { ...file('d/é', 'body', 0o4755), uid: 3_000_000 },
      hardlink('d/é', 'link'),
      pax({ path: 's'.repeat(120) }),
      symlink('d', 's'),
      { name: 'n', flag: '3', device: [5, 1] },
    ]);
    const input = await tarOf(tree);
    const lines = execFileSync(
      'tar',
      ['-tvf', '-', '--numeric-owner', '--quoting-style=literal', '--utc', '--full-time'],
      { input },
    ).toString();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ')),
    ).toEqual([
      'drwxrwxrwt 0/0 0 2020-09-13 12:26:40 d/',
      '-rwsr-xr-x 3000000/0 4 2020-09-13 12:26:40 d/é',
      'hrwsr-xr-x 3000000/0 0 2020-09-13 12:26:40 link link to d/é',
      'crw-r--r-- 0/0 5,1 2020-09-13 12:26:40 n',
      `lrwxrwxrwx 0/0 0 2020-09-13 12:26:40 ${'s'.repeat(120)} -> d`,
    ]);
    expect(execFileSync('tar', ['-xOf', '-', 'd/é'], { input }).toString()).toBe('body');
  });

  it('writes two blocks of zeros for an empty tree', async () => {
    expect((await tarOf(new Tree())).equals(Buffer.alloc(1024))).toBe(true);
    expect(await listing(readBack(await tarOf(new Tree())))).toEqual([]);
  });
});

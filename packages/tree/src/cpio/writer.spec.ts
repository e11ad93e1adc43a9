import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { tree as anyTree } from '../__tests__/arbitrary.js';
import { inodeOf } from '../__tests__/inodes.js';
import { dir, file, hardlink, rawImage, symlink } from '../__tests__/raw-tar.js';
import { collect, oneChunk } from '../__tests__/streams.js';
import { compareTrees } from '../compare.js';
import type { Entry, Inode } from '../inode.js';
import { kernelUnpack } from '../kernel/unpack.js';
import { Tree } from '../tree.js';
import { readCpio } from './reader.js';
import { membersKey, membersSize } from '../parts/members-key.js';
import { bytesContent } from '../source.js';
import { cpioMembers } from './member.js';
import { writeCpio, writeMembers } from './writer.js';

const inode = (extra: Partial<Inode> = {}) => inodeOf('file', extra);
const cpioOf = (entries: Iterable<Entry>) => collect(writeCpio(entries));
const read = (bytes: Buffer) => readCpio(oneChunk(bytes));

describe('writeCpio', () => {
  it('writes any tree so that reading and unpacking the archive gives it back', async () => {
    await fc.assert(
      fc.asyncProperty(anyTree, async (tree) => {
        const bytes = await cpioOf(tree.entries());
        expect(bytes.length % 4).toBe(0);
        const { tree: unpacked, lost } = kernelUnpack(await read(bytes));
        expect(lost).toEqual([]);
        expect(await compareTrees(tree, unpacked, { mtimes: 'all', xattrs: false })).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('writes what GNU cpio reads, links included', async () => {
    const { tree } = rawImage([
      dir('d', 0o1777),
      { ...file('d/é', 'body', 0o4755), uid: 70_000 },
      hardlink('d/é', 'link'),
      symlink('d', 's'),
      { name: 'n', flag: '3', device: [5, 1] },
      { name: 'p', flag: '6' },
      file('empty', ''),
    ]);
    const input = await cpioOf(tree.entries());
    const lines = execFileSync('cpio', ['-itvn', '--quiet'], {
      input,
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    }).toString();
    expect(
      lines
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ').replace(/ Sep 13 2020/, '')),
    ).toEqual([
      'drwxrwxrwt 1 0 0 0 d',
      '-rwsr-xr-x 2 70000 0 4 d/é',
      '-rw-r--r-- 1 0 0 0 empty',
      '-rwsr-xr-x 2 70000 0 0 link',
      'crw-r--r-- 1 0 0 5, 1 n',
      'prw-r--r-- 1 0 0 0 p',
      'lrwxrwxrwx 1 0 0 1 s -> d',
    ]);
  });

  it('writes the fields as the kernel reads them, byte for byte', async () => {
    const bytes = await cpioOf([{ path: 'f', inode: inode({ mode: 0o755, uid: 1, gid: 2, mtime: 3 }) }]);
    expect(bytes.toString('latin1')).toBe(
      '07070100000000000081ed000000010000000200000001000000030000000000000000000000000000000000000000000000020000000' +
        '0f\0' +
        '07070100000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000b0000000' +
        '0TRAILER!!!\0\0\0\0',
    );
  });

  it('does not end the archive at a file called TRAILER!!!', async () => {
    const tree = Tree.of([
      { path: 'TRAILER!!!', inode: inode() },
      { path: 'z', inode: inode() },
    ]);
    const [members] = await read(await cpioOf(tree.entries()));
    expect(members!.map(({ path }) => path)).toEqual(['TRAILER!!!', 'z']);
  });

  it('names the root "."', async () => {
    expect((await cpioOf([{ path: '', inode: inode({ type: 'dir' }) }])).toString('latin1', 110, 112)).toBe(
      '.\0',
    );
  });

  it('writes the nearest time that newc can hold', async () => {
    const [members] = await read(
      await cpioOf([
        { path: 'a', inode: inode({ mtime: -5 }) },
        { path: 'b', inode: inode({ mtime: 2 ** 33 }) },
      ]),
    );
    expect(members!.map((member) => member.inode.mtime)).toEqual([0, 2 ** 32 - 1]);
  });

  const huge = (size: number) =>
    inode({ content: { source: { id: 'huge', size, read: async function* () {} }, offset: 0, size } });

  it.each<[string, string, Entry[]]>([
    ['a file of 4 GiB', 'range', [{ path: 'big', inode: huge(2 ** 32) }]],
    ['an owner of 2^32', 'range', [{ path: 'f', inode: inode({ uid: 2 ** 32 }) }]],
    ['a negative group', 'range', [{ path: 'f', inode: inode({ gid: -1 }) }]],
    [
      'a path beyond PATH_MAX, which the kernel skips',
      'too-long',
      Tree.of([{ path: 'n/'.repeat(2048) + 'n', inode: inode() }]).entries(),
    ],
    [
      'a component beyond NAME_MAX, which tmpfs refuses',
      'too-long',
      [{ path: 'é'.repeat(128), inode: inode() }],
    ],
    [
      'a symlink target beyond PATH_MAX',
      'too-long',
      [{ path: 'l', inode: inode({ type: 'symlink', target: 't'.repeat(4096) }) }],
    ],
    [
      'a file without its parent, which the kernel drops',
      'not-a-directory',
      [{ path: 'd/f', inode: inode() }],
    ],
    [
      'a file before its parent',
      'not-a-directory',
      [
        { path: 'd/f', inode: inode() },
        { path: 'd', inode: inode({ type: 'dir' }) },
      ],
    ],
  ])('refuses %s', async (_, code, entries) => {
    await expect(cpioOf(entries)).rejects.toThrow(expect.objectContaining({ code }));
  });

  it('writes the header of a file just below 4 GiB', async () => {
    const header = await writeCpio([{ path: 'big', inode: huge(2 ** 32 - 1) }]).next();
    expect(Buffer.from(header.value as Uint8Array).toString('latin1', 54, 62)).toBe('ffffffff');
  });
});

describe('parts of an archive', () => {
  it('follow each other, and a trailer ends them', async () => {
    const pair = inode({ content: bytesContent('pair') });
    const part = (scope: string, ...names: string[]) =>
      cpioMembers(
        names.map((path) => ({ path, inode: pair })),
        scope,
      );
    const members = [...part('one', 'a', 'b'), ...part('two', 'c', 'd'), ...part('two', 'e')];
    const bytes = await collect(writeMembers(members));
    expect(bytes.length).toBe(membersSize(members));
    const archives = await read(Buffer.concat([bytes, await cpioOf([])]));
    const { tree } = kernelUnpack(archives);
    expect(tree.get('a')).toBe(tree.get('b'));
    expect(tree.get('c')).toBe(tree.get('d'));
    expect(new Set(['a', 'c', 'e'].map((path) => tree.get(path))).size).toBe(3);
  });

  it('have keys that differ for another name, other bytes and other borders between members', () => {
    const one = (path: string, text: string) =>
      cpioMembers([{ path, inode: inode({ content: bytesContent(text) }) }]);
    const all = [
      [],
      one('a', '1'),
      one('b', '1'),
      one('a', '2'),
      one('a', '12'),
      [...one('a', '1'), ...one('b', '1')],
    ];
    expect(new Set(all.map(membersKey)).size).toBe(all.length);
    expect(membersKey(one('a', '1'))).toBe(membersKey(one('a', '1')));
  });
});

describe('readCpio', () => {
  it('reads concatenated archives with zeros between them, and compressed ones by the decompressor', async () => {
    const plain = await cpioOf([{ path: 'a', inode: inode() }]);
    const bytes = Buffer.concat([plain, Buffer.alloc(512), Buffer.from('Z'), plain, Buffer.alloc(3), plain]);
    const decompress = (rest: Buffer) => ({
      plain: rest.subarray(1, 1 + plain.length),
      used: 1 + plain.length,
    });
    const archives = await readCpio(oneChunk(bytes), { decompress });
    expect(archives).toHaveLength(3);
  });

  it.each([
    ['an archive that is not aligned to 4', [Buffer.alloc(2)], 0],
    ['an archive cut short', [], 8],
  ])('refuses %s', async (_, before, cut) => {
    const plain = await cpioOf([{ path: 'a', inode: inode() }]);
    const bytes = Buffer.concat([...before, plain.subarray(0, plain.length - cut)]);
    await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ code: 'malformed' }));
  });

  it.each([
    ['a name that does not end with a NUL', 110 + 1, 'x'],
    ['a number that is no hexadecimal number', 6 + 8, '0000000|'],
    ['a negative number', 6 + 8, '-0000001'],
  ])('refuses %s', async (_, at, text) => {
    const bytes = await cpioOf([{ path: 'a', inode: inode() }]);
    bytes.write(text, at, 'latin1');
    await expect(read(bytes)).rejects.toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});

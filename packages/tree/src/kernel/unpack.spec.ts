import { listing } from '../__tests__/listing.js';
import { cpioMembers, type CpioMember } from '../cpio/member.js';
import type { Inode } from '../inode.js';
import { bytesContent } from '../source.js';
import { kernelUnpack } from './unpack.js';

const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0 };
const f = (text: string, mode = 0o644): Inode => ({
  type: 'file',
  ...plain,
  mode,
  ...(text && { content: bytesContent(text) }),
});
const d = (mode = 0o755): Inode => ({ type: 'dir', ...plain, mode });
const l = (target: string): Inode => ({ type: 'symlink', ...plain, target });
const dev = (major: number, minor: number): Inode => ({ type: 'char', ...plain, device: [major, minor] });
const pair = f('pair');

const members = (entries: [string, Inode][]): CpioMember[] =>
  entries.map(([path, inode]) => ({ path, inode, content: inode.content }));
const linked = (entries: [string, Inode][]): CpioMember[] =>
  cpioMembers(entries.map(([path, inode]) => ({ path, inode })));
const link = { ino: 1, dev: [0, 0], nlink: 2 } as const;

/** These rules were measured on booted kernels; rules that nothing could measure were read in init/initramfs.c. */
describe('the kernel', () => {
  it.each<[string, CpioMember[][], string[], string[]?]>([
    [
      'takes the later file, without the end of a longer old content',
      [members([['a', f('longer')]]), members([['a', f('x', 0o755)]])],
      ['a 755 "x"'],
    ],
    [
      'takes the later mode of a directory',
      [
        members([
          ['d', d(0o700)],
          ['d/a', f('')],
        ]),
        members([['d', d(0o711)]]),
      ],
      ['d/ 711', 'd/a 644 ""'],
    ],
    [
      'links names of one inode',
      [
        linked([
          ['a', pair],
          ['b', pair],
        ]),
      ],
      ['a 644 "pair"', 'b = a'],
    ],
    [
      'links with the bytes on the last name',
      [
        [
          { path: 'a', inode: pair, link },
          { path: 'b', inode: pair, link, content: pair.content },
        ],
      ],
      ['a 644 "pair"', 'b = a'],
    ],
    [
      'does not link across archives',
      [
        [{ path: 'a', inode: f('1'), link, content: f('1').content }],
        [{ path: 'b', inode: f('2'), link, content: f('2').content }],
      ],
      ['a 644 "1"', 'b 644 "2"'],
    ],
    [
      'does not link numbers of different devices',
      [
        [
          { path: 'a', inode: f('1'), link, content: f('1').content },
          { path: 'b', inode: f('2'), link: { ...link, dev: [0, 1] }, content: f('2').content },
        ],
      ],
      ['a 644 "1"', 'b 644 "2"'],
    ],
    [
      'writes into the inode: an overridden hard link changes its sibling',
      [
        linked([
          ['a', pair],
          ['b', pair],
        ]),
        members([['a', f('new')]]),
      ],
      ['a 644 "new"', 'b = a'],
    ],
    [
      'does not link symlinks',
      [
        [
          { path: 'a', inode: l('x'), link },
          { path: 'b', inode: l('x'), link },
        ],
      ],
      ['a -> x', 'b -> x'],
    ],
    [
      'links devices',
      [
        linked([
          ['a', dev(1, 3)],
          ['b', dev(1, 3)],
        ]).map((member) => ({ ...member, link })),
      ],
      ['a char 644 1:3', 'b = a'],
    ],
    [
      'replaces a symlink by a directory',
      [
        members([
          ['usr', d()],
          ['usr/lib', d()],
          ['usr/lib/x', f('')],
          ['lib', l('usr/lib')],
        ]),
        members([
          ['lib', d()],
          ['lib/y', f('')],
        ]),
      ],
      ['lib/ 755', 'lib/y 644 ""', 'usr/ 755', 'usr/lib/ 755', 'usr/lib/x 644 ""'],
    ],
    [
      'follows a symlinked parent',
      [
        members([
          ['usr', d()],
          ['lib', l('/usr')],
        ]),
        members([['lib/y', f('')]]),
      ],
      ['lib -> /usr', 'usr/ 755', 'usr/y 644 ""'],
    ],
    [
      'replaces a symlink by a file',
      [
        members([
          ['a', l('b')],
          ['b', f('b')],
        ]),
        members([['a', f('a')]]),
      ],
      ['a 644 "a"', 'b 644 "b"'],
    ],
    ['replaces a symlink by a symlink', [members([['a', l('b')]]), members([['a', l('c')]])], ['a -> c']],
    ['replaces a file by a directory', [members([['a', f('')]]), members([['a', d()]])], ['a/ 755']],
    [
      'replaces an empty directory by a file',
      [members([['a', d()]]), members([['a', f('x')]])],
      ['a 644 "x"'],
    ],
    [
      'ignores a file over a directory with content',
      [
        members([
          ['a', d()],
          ['a/b', f('')],
        ]),
        members([['a', f('x')]]),
      ],
      ['a/ 755', 'a/b 644 ""'],
      ['a: a directory that is not empty is in the way'],
    ],
    [
      'ignores a symlink over a directory with content',
      [
        members([
          ['a', d()],
          ['a/b', f('')],
        ]),
        members([['a', l('x')]]),
      ],
      ['a/ 755', 'a/b 644 ""'],
      ['a: a directory that is not empty is in the way'],
    ],
    [
      'drops a member without a parent',
      [
        members([
          ['d/a', f('x')],
          ['b', f('')],
        ]),
      ],
      ['b 644 ""'],
      ['d/a: its parent does not exist'],
    ],
    [
      'drops a member below a file',
      [
        members([
          ['d', f('')],
          ['d/a', f('x')],
        ]),
      ],
      ['d 644 ""'],
      ['d/a: its parent does not exist'],
    ],
    [
      'drops a member behind a loop of symlinks',
      [
        members([
          ['a', l('b')],
          ['b', l('a')],
          ['a/x', f('')],
        ]),
      ],
      ['a -> b', 'b -> a'],
      ['a/x: its parent does not exist'],
    ],
    [
      'keeps the numbers of a device that is overridden',
      [members([['n', dev(1, 3)]]), members([['n', dev(1, 5)]])],
      ['n char 644 1:3'],
      ['n: a device of its type is in the way, and keeps its numbers'],
    ],
    ["takes the root's own mode", [members([['', d(0o700)]])], ['/ 700']],
  ])('%s', async (_, archives, expected, lost = []) => {
    const unpacked = kernelUnpack(archives);
    const lines = await listing(unpacked.tree);
    expect(lines.filter((line) => line !== '/ 755')).toEqual(expected);
    expect(unpacked.lost).toEqual(lost);
  });

  it('gives a directory that several archives define the time of the first', () => {
    const { tree } = kernelUnpack([
      members([['d', { ...d(), mtime: 1 }]]),
      members([['d', { ...d(), mtime: 2 }]]),
    ]);
    expect(tree.get('d')!.mtime).toBe(1);
  });
});

import fc from 'fast-check';
import { entries as anyEntries, tree as anyTree } from './__tests__/arbitrary.js';
import { listing } from './__tests__/listing.js';
import { dir, file, hardlink, rawImage, symlink, type RawMember } from './__tests__/raw-tar.js';
import { IMPLIED_DIR, type Inode } from './inode.js';
import { mergeTrees } from './merge.js';
import { Tree } from './tree.js';

const merged = async (...trees: RawMember[][]) =>
  listing(mergeTrees(trees.map((members) => rawImage(members).tree)));

describe('mergeTrees', () => {
  it.each<[string, RawMember[][], string[]]>([
    ['later wins', [[file('a', '1')], [file('a', '2')]], ['a 644 "2"']],
    [
      'directories are united, with the metadata of the later one',
      [
        [dir('d', 0o700), file('d/a', '')],
        [dir('d', 0o711), file('d/b', '')],
      ],
      ['d/ 711', 'd/a 644 ""', 'd/b 644 ""'],
    ],
    [
      'an implied directory changes nothing',
      [[dir('d', 0o700)], [file('d/a', '')]],
      ['d/ 700', 'd/a 644 ""'],
    ],
    ['a file over a directory replaces it', [[file('d/a')], [file('d', '')]], ['d 644 ""']],
    ['a directory over a file replaces it', [[file('d')], [file('d/a', '')]], ['d/', 'd/a 644 ""']],
    [
      'a replaced name leaves its hard links alone',
      [[file('a', '1'), hardlink('a', 'b')], [file('a', '2')]],
      ['a 644 "2"', 'b 644 "1"'],
    ],
    [
      'hard links stay',
      [[file('a', '1'), hardlink('a', 'b')], [file('c', '')]],
      ['a 644 "1"', 'b = a', 'c 644 ""'],
    ],
    [
      'a directory is merged through a symlink',
      [
        [dir('usr/lib'), symlink('usr/lib', 'lib')],
        [dir('lib', 0o700), file('lib/modules/m', '')],
      ],
      ['lib -> usr/lib', 'usr/', 'usr/lib/ 700', 'usr/lib/modules/', 'usr/lib/modules/m 644 ""'],
    ],
    [
      '... also where the tree itself brings the target',
      [[symlink('usr/lib', 'lib')], [dir('lib'), file('lib/m', ''), dir('usr/lib')]],
      ['lib -> usr/lib', 'usr/', 'usr/lib/ 755', 'usr/lib/m 644 ""'],
    ],
    [
      '... and through several',
      [[dir('x'), symlink('x', 'y'), symlink('y', 'z'), symlink('/x', 'x/w')], [file('z/w/m', '')]],
      ['x/ 755', 'x/m 644 ""', 'x/w -> /x', 'y -> x', 'z -> y'],
    ],
    [
      'a directory over a dead symlink replaces it',
      [[symlink('nowhere', 'd')], [file('d/a', '')]],
      ['d/', 'd/a 644 ""'],
    ],
    [
      'a directory over a symlink in a loop replaces it',
      [[symlink('d', 'd')], [file('d/a', '')]],
      ['d/', 'd/a 644 ""'],
    ],
    ['a symlink over an empty directory replaces it', [[dir('d')], [symlink('x', 'd')]], ['d -> x']],
    [
      'a symlink over content moves it to the target',
      [[file('lib/modules/m', '')], [symlink('usr/lib', 'lib'), dir('usr/lib', 0o700)]],
      ['lib -> usr/lib', 'usr/', 'usr/lib/ 700', 'usr/lib/modules/', 'usr/lib/modules/m 644 ""'],
    ],
    [
      '... where what is there wins',
      [
        [file('lib/a', 'old'), file('lib/d/x', '')],
        [symlink('usr/lib', 'lib'), file('usr/lib/a', 'new'), dir('usr/lib/d', 0o700)],
      ],
      ['lib -> usr/lib', 'usr/', 'usr/lib/', 'usr/lib/a 644 "new"', 'usr/lib/d/ 700', 'usr/lib/d/x 644 ""'],
    ],
    ['a dead symlink over content drops it', [[file('d/a')], [symlink('nowhere', 'd')]], ['d -> nowhere']],
    ['a symlink into itself drops the content', [[file('d/e/a')], [symlink('d/e', 'd')]], ['d -> d/e']],
  ])('%s', async (_, trees, expected) => expect(await merged(...trees)).toEqual(expected));

  it('keeps the identity of inodes and does not change its inputs', () => {
    const a = rawImage([file('a'), dir('d')]).tree;
    const b = rawImage([file('d/b')]).tree;
    const union = mergeTrees([a, b]);
    expect([union.get('a'), union.get('d'), union.get('d/b')]).toEqual([
      a.get('a'),
      a.get('d'),
      b.get('d/b'),
    ]);
    expect(union.get('a')).toBe(a.get('a'));
    expect([a.size, b.size]).toEqual([2, 2]);
  });

  it('gives the same tree for a tree over itself and over an empty tree', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        expect(mergeTrees([tree, tree]).entries()).toEqual(tree.entries());
        expect(mergeTrees([new Tree(), tree]).entries()).toEqual(tree.entries());
      }),
      { numRuns: 100 },
    );
  });

  it('agrees with a naive model on trees without symlinks', () => {
    const plain = anyEntries.map((list) =>
      list.map(({ path, inode }) => ({
        path,
        inode: inode.type === 'symlink' ? { ...inode, type: 'fifo' as const } : inode,
      })),
    );
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 3 }), (lists) => {
        const trees = lists.map((list) => {
          const tree = new Tree();
          for (const { path, inode } of list) {
            try {
              tree.set(path, inode);
            } catch {
              continue;
            }
          }
          return tree;
        });
        const model = new Map<string, Inode>();
        for (const { path, inode } of trees.flatMap((tree) => tree.entries())) {
          const old = model.get(path);
          if (inode.type !== 'dir')
            for (const other of model.keys()) if (other.startsWith(`${path}/`)) model.delete(other);
          if (inode !== IMPLIED_DIR || old?.type !== 'dir') model.set(path, inode);
        }
        const expected = [...model]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([path, inode]) => ({ path, inode }));
        expect(mergeTrees(trees).entries()).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

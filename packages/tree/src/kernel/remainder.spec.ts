import { dir, file, hardlink, rawImage, symlink } from '../__tests__/raw-tar.js';
import { compareTrees } from '../compare.js';
import { cpioMembers } from '../cpio/member.js';
import { Tree } from '../tree.js';
import { isSameRoot, remainder } from './remainder.js';
import { kernelUnpack } from './unpack.js';

const wanted = rawImage([
  dir('d', 0o711),
  file('d/a', '1'),
  hardlink('d/a', 'h'),
  dir('e'),
  file('e/x', 'x'),
  symlink('e', 's'),
]).tree;
const paths = (given: Tree) => remainder(wanted, given).map(({ path }) => path);

it('the remainder is empty if all is given, whatever the times of directories', () => {
  const given = wanted.clone();
  given.set('d', { ...wanted.get('d')!, mtime: 5 });
  expect(paths(given)).toEqual([]);
});

it('the remainder is the whole tree if nothing is given', async () => {
  const rest = remainder(wanted, new Tree());
  expect(rest).toEqual(wanted.entries());
  expect(await compareTrees(wanted, kernelUnpack([cpioMembers(rest)]).tree)).toEqual([]);
});

it.each<[string, (given: Tree) => void, string[]]>([
  ['a missing file comes with its parents', (given) => given.delete('e/x'), ['e', 'e/x']],
  [
    'a directory with another mode comes alone',
    (given) => given.set('d', { ...wanted.get('d')!, mode: 0o700 }),
    ['d'],
  ],
  ['a hard link comes with all its names', (given) => given.delete('h'), ['d', 'd/a', 'h']],
  [
    'separate files that must become hard links come with all their names',
    (given) => given.set('h', { ...wanted.get('d/a')! }),
    ['d', 'd/a', 'h'],
  ],
  ['a symlink comes alone', (given) => given.set('s', { ...wanted.get('s')!, target: 'd' }), ['s']],
])('%s', (_, change, expected) => {
  const given = wanted.clone();
  change(given);
  expect(paths(given)).toEqual(expected);
  expect([isSameRoot(wanted, given), isSameRoot(given, wanted)]).toEqual([false, false]);
});

describe('isSameRoot', () => {
  const equal = (a: Tree, b: Tree) => remainder(a, b).length === 0 && remainder(b, a).length === 0;

  it('ignores the times of directories and the identity of inodes', () => {
    const other = kernelUnpack([cpioMembers(wanted.entries())]).tree;
    other.set('d', { ...other.get('d')!, mtime: 5 });
    expect(equal(wanted, other)).toBe(true);
    expect(isSameRoot(wanted, other)).toBe(true);
  });

  it('finds an entry that only one root has, and other paths in equal number', () => {
    const more = wanted.clone();
    more.set('e/y', wanted.get('e/x')!);
    more.delete('s');
    more.set('t', wanted.get('s')!);
    expect(more.size).toBe(wanted.size + 1);
    expect([isSameRoot(wanted, more), isSameRoot(more, wanted)]).toEqual([false, false]);
    more.delete('e/y');
    expect(more.size).toBe(wanted.size);
    expect([isSameRoot(wanted, more), isSameRoot(more, wanted)]).toEqual([false, false]);
  });
});

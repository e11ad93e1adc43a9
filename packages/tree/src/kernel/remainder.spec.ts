import { dir, file, hardlink, rawImage, symlink } from '../__tests__/raw-tar.js';
import { compareTrees } from '../compare.js';
import { cpioMembers } from '../cpio/member.js';
import { Tree } from '../tree.js';
import { remainder } from './remainder.js';
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
});

import { listing } from './__tests__/listing.js';
import { dir, file, rawImage, symlink } from './__tests__/raw-tar.js';
import { applyRules, filterTree, prefixTree } from './reshape.js';
import { Tree } from './tree.js';

it('prefixTree moves a tree below a directory, which gets the metadata of the root', async () => {
  const tree = rawImage([dir('./', 0o700), file('a', '')]).tree;
  expect(await listing(prefixTree(tree, 'containers/x'))).toEqual([
    'containers/',
    'containers/x/ 700',
    'containers/x/a 644 ""',
  ]);
  expect(await listing(prefixTree(new Tree(), 'containers/x'))).toEqual(['containers/', 'containers/x/']);
  expect(prefixTree(tree, 'p').get('p/a')).toBe(tree.get('a'));
});

it('filterTree keeps the parents of what it keeps', async () => {
  const tree = rawImage([dir('d', 0o700), file('d/a', ''), dir('e', 0o700)]).tree;
  expect(await listing(filterTree(tree, ({ inode }) => inode.type === 'file'))).toEqual(['d/', 'd/a 644 ""']);
});

it('applyRules drops by exact path, always replaces, and adds where nothing is, also through symlinks', async () => {
  const image = rawImage([
    dir('dev', 0o700),
    file('dev/console'),
    file('etc/hosts', 'own'),
    file('Dockerfile'),
    symlink('x', 'mtab'),
    dir('usr/etc2'),
    symlink('usr/etc2', 'etc2'),
  ]).tree;
  const replace = rawImage([dir('dev', 0o755), file('etc/hosts', 'fixed')]).tree;
  const touch = rawImage([file('mtab', 'touched'), file('new', ''), file('etc2/touched', '')]).tree;
  expect(
    await listing(applyRules(image, { exclude: ['dev/console', 'Dockerfile'], replace, touch })),
  ).toEqual([
    'dev/ 755',
    'etc/',
    'etc/hosts 644 "fixed"',
    'etc2 -> usr/etc2',
    'mtab -> x',
    'new 644 ""',
    'usr/',
    'usr/etc2/ 755',
    'usr/etc2/touched 644 ""',
  ]);
});

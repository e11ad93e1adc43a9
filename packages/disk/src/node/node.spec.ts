import { inodeOf } from '../__tests__/sample-tree.js';
import { nodesOf, walk } from './node.js';

const directory = inodeOf('dir', 0o755);
const file = inodeOf('file', 0o644);

test('children are linked to parents, also if another name sorts between them', () => {
  const root = nodesOf([
    { path: 'a', inode: directory },
    { path: 'a-b', inode: file },
    { path: 'a/c', inode: file },
  ]);
  expect([...walk(root)].map(({ path }) => path)).toEqual(['', 'a', 'a/c', 'a-b']);
});

test('a tree 3,000 directories deep is walked without recursion', () => {
  const entries = Array.from({ length: 3000 }, (_, i) => ({ path: 'd/'.repeat(i) + 'd', inode: directory }));
  expect([...walk(nodesOf(entries))]).toHaveLength(3001);
});

test.each([
  ['a path twice', ['a', 'a'], 'duplicate-name'],
  ['the root twice', ['', ''], 'duplicate-name'],
  ['a child without its parent', ['a/b'], 'missing-file'],
  ['dots', ['..'], 'bad-name'],
  ['an empty name', ['a', 'a/'], 'bad-name'],
])('refuses %s', (_, paths, code) => {
  const entries = paths.map((path) => ({ path, inode: directory }));
  expect(() => nodesOf(entries)).toThrow(expect.objectContaining({ code }));
});

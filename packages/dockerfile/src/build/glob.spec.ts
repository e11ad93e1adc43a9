import { Tree } from '@nx-linuxkit/tree';
import { BadPattern, matchPaths } from './glob.js';

const NAMES = ['&', '-', ']', 'a', 'd', 'e', 'p', 'é'];

function treeOf(names: readonly string[]): Tree {
  const tree = new Tree();
  for (const name of names) tree.set(name, { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 });
  return tree;
}

/** The answers of Go's `filepath.Match`. */
test.each([
  ['[a-e]', ['a', 'd', 'e']],
  ['[^a-p]', ['&', '-', ']', 'é']],
  ['[\\d]', ['d']],
  ['[a-\\e]', ['a', 'd', 'e']],
  ['[\\p{L}]', ['p']],
  ['[\\-a]', ['-', 'a']],
  ['[\\]]', [']']],
  ['[a&&&d]', ['&', 'a', 'd']],
  ['[z-a]', []],
  ['[z-ad]', ['d']],
  ['[^z-a]', NAMES],
  ['[è-ê]', ['é']],
  ['\\a', ['a']],
  ['?', NAMES],
])('%s matches what it matches in Go', (pattern, expected) => {
  expect(matchPaths(treeOf(NAMES), pattern)).toEqual(expected);
});

test.each(['[-a]', '[--z]', '[a-]', '[x--y]', '[a-b-c]'])('%s is no pattern, as in Go', (pattern) => {
  expect(() => matchPaths(treeOf(NAMES), pattern)).toThrow(BadPattern);
});

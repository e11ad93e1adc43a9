import { Tree, bytesContent, type Inode } from '@nx-linuxkit/tree';
import { unpackedSize } from './summary.js';

const file = (bytes: string): Inode => ({
  ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 },
  content: bytesContent(bytes),
});

test('files take whole pages of memory, hard links take them once, files below boot/ take none', () => {
  const tree = new Tree();
  const shared = file('x'.repeat(5000));
  tree.set('a', shared);
  tree.set('b', shared);
  tree.set('c', file('1'));
  tree.set('boot/kernel', file('kernel'));
  expect(unpackedSize(tree)).toBe(3 * 4096);
});

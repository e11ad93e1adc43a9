import { inodeOf as inode } from './__tests__/inodes.js';
import { IMPLIED_DIR } from './inode.js';
import { Tree } from './tree.js';

const paths = (tree: Tree) => tree.entries().map(({ path }) => path);

describe('Tree', () => {
  it('sorts by code unit, parents before children', () => {
    const tree = new Tree();
    for (const path of ['a/b', 'a-', 'a.b', 'B', 'é']) tree.set(path, inode('file'));
    expect(paths(tree)).toEqual(['B', 'a', 'a-', 'a.b', 'a/b', 'é']);
    expect(tree.size).toBe(6);
    expect(tree.children('')).toEqual(['B', 'a', 'a-', 'a.b', 'é']);
  });

  it('keeps the content of a directory that a directory replaces, and drops it otherwise', () => {
    const tree = new Tree();
    tree.set('d/a/b', inode('file'));
    const directory = inode('dir');
    tree.set('d', directory);
    expect(tree.get('d')).toBe(directory);
    expect(tree.size).toBe(3);
    tree.set('d', inode('file'));
    expect(paths(tree)).toEqual(['d']);
    expect(tree.size).toBe(1);
    tree.set('d', inode('dir'));
    expect(tree.size).toBe(1);
  });

  it('deletes a path with all below it', () => {
    const tree = new Tree();
    tree.set('d/a/b', inode('file'));
    tree.set('e', inode('file'));
    expect([tree.delete('d'), tree.delete('d'), tree.delete('x/y')]).toEqual([true, false, false]);
    expect([paths(tree), tree.size]).toEqual([['e'], 1]);
    expect(tree.delete('')).toBe(true);
    expect([paths(tree), tree.size]).toEqual([[], 0]);
  });

  it('counts the root only when it was set', () => {
    const tree = new Tree();
    expect(tree.get('')).toBe(IMPLIED_DIR);
    tree.set('', inode('dir'));
    expect([paths(tree), tree.size]).toEqual([[''], 1]);
    expect(() => tree.set('', inode('file'))).toThrow('the root cannot be a file');
  });

  it('refuses a path below a file', () => {
    const tree = new Tree();
    tree.set('f', inode('file'));
    expect(() => tree.set('f/a', inode('file'))).toThrow(
      expect.objectContaining({ code: 'not-a-directory' }),
    );
    expect(() => tree.mkdirs('f/a/b')).toThrow(expect.objectContaining({ code: 'not-a-directory' }));
    expect(tree.get('f/a')).toBeUndefined();
  });

  it.each([
    ['lib/x', 'usr/lib/x', 'usr/lib/x'],
    ['lib', 'lib', 'usr/lib'],
    ['abs/x', 'usr/lib/x', 'usr/lib/x'],
    ['out/x', 'etc/x', 'etc/x'],
    ['usr/up/x', 'usr/lib/x', 'usr/lib/x'],
    ['dead/x', 'nowhere/x', 'nowhere/x'],
    ['new/x', 'new/x', 'new/x'],
    ['usr/lib/../../lib/./x', 'usr/lib/x', 'usr/lib/x'],
  ])('resolves %s as a chroot would', (path, parents, all) => {
    const tree = new Tree();
    tree.mkdirs('usr/lib');
    const link = (at: string, target: string) => tree.set(at, inode('symlink', { target }));
    link('lib', 'usr/lib');
    link('abs', '/lib');
    link('out', '../../../etc');
    link('usr/up', '../lib');
    link('dead', '/nowhere');
    expect([tree.resolve(path), tree.realpath(path)]).toEqual([parents, all]);
  });

  it('gives up on a loop of symlinks', () => {
    const tree = new Tree();
    tree.set('a', inode('symlink', { target: 'b' }));
    tree.set('b', inode('symlink', { target: 'a' }));
    expect(tree.resolve('a')).toBe('a');
    expect(() => tree.resolve('a/x')).toThrow(expect.objectContaining({ code: 'symlink-loop' }));
    expect([tree.leadsTo('a'), tree.follow('a'), tree.follow('a/x')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('makes clones that change independently', () => {
    const tree = new Tree();
    tree.set('d/a', inode('file'));
    const copy = tree.clone();
    copy.delete('d');
    expect([tree.size, copy.size]).toEqual([2, 0]);
    expect(tree.clone().get('d/a')).toBe(tree.get('d/a'));
  });
});

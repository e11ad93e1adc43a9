import { sameContent } from '../content.js';
import type { Entry, Inode } from '../inode.js';
import { ancestorsOf } from '../path.js';
import { Tree } from '../tree.js';

/**
 * The entries of a last cpio archive that turns a root with the tree `given` into `wanted`: entries that are missing or
 * differ, each with its parent directories. A hard-linked file comes with all its names or not at all. An archive cannot
 * remove what `given` has in excess, so compare the result. Extended attributes and directory times are ignored,
 * because an initramfs keeps neither.
 */
export function remainder(wanted: Tree, given: Pick<Tree, 'get'>): Entry[] {
  const stale = new Set<Inode>();
  const linked = new Map<Inode, Inode | undefined>();
  for (const { path, inode } of wanted.walk()) {
    const there = given.get(path);
    if (!there || !sameInode(inode, there)) stale.add(inode);
    if (inode.type === 'dir' || inode.type === 'symlink') continue;
    if (linked.has(inode) && linked.get(inode) !== there) stale.add(inode);
    linked.set(inode, there);
  }
  const rest = new Tree();
  for (const { path, inode } of wanted.walk()) {
    const again =
      inode.type === 'dir' || inode.type === 'symlink' ? differs(inode, given.get(path)) : stale.has(inode);
    if (!again) continue;
    for (const ancestor of ancestorsOf(path)) rest.set(ancestor, wanted.get(ancestor)!);
    rest.set(path, inode);
  }
  return rest.entries();
}

function differs(inode: Inode, there: Inode | undefined): boolean {
  return there === undefined || !sameInode(inode, there);
}

function sameInode(a: Inode, b: Inode): boolean {
  return (
    a.type === b.type &&
    (a.type === 'symlink' || a.mode === b.mode) &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    (a.type === 'dir' || a.mtime === b.mtime) &&
    a.target === b.target &&
    a.device?.[0] === b.device?.[0] &&
    a.device?.[1] === b.device?.[1] &&
    sameContent(a.content, b.content)
  );
}

import { IMPLIED_DIR, type Inode } from './inode.js';
import { joinPath, parentOf } from './path.js';
import { Tree } from './tree.js';

/**
 * The union of trees at one root, in which later trees win. Two rules keep merged-/usr systems whole:
 *
 * - A directory that meets a symlink to a directory is merged into the symlink's target (`lib -> usr/lib`, then
 *   `lib/modules`).
 * - A symlink to a directory that meets a directory with content moves that content to the symlink's target, unless
 *   the target has an entry of the same name already.
 *
 * Inodes keep their identity, and the inputs stay as they are. The union shares the directories that only one tree has.
 */
export function mergeTrees(trees: Iterable<Tree>): Tree {
  let merged: Tree | undefined;
  for (const tree of trees) {
    if (merged) new Merge(merged, tree).run();
    else merged = tree.clone();
  }
  return merged ?? new Tree();
}

/** Adds one tree to the union. Whatever meets a symlink waits until the end: the tree may bring the link's target. */
class Merge {
  private dirsOverLinks: { from: string; to: string }[] = [];
  private linksOverDirs: { link: Inode; to: string }[] = [];

  constructor(
    private readonly merged: Tree,
    private readonly tree: Tree,
  ) {}

  run(): void {
    const root = this.tree.get('')!;
    if (root !== IMPLIED_DIR) this.merged.set('', root);
    this.addChildren('', '');
    for (let next = this.dirsOverLinks.shift(); next; next = this.dirsOverLinks.shift()) {
      this.addThroughLink(next.from, next.to);
    }
    for (const { link, to } of this.linksOverDirs) this.replaceByLink(link, to);
  }

  private addChildren(from: string, to: string): void {
    for (const name of this.tree.children(from)) this.add(joinPath(from, name), joinPath(to, name));
  }

  private add(from: string, to: string): void {
    const inode = this.tree.get(from)!;
    const old = this.merged.get(to);
    if (old === undefined) this.merged.graft(to, this.tree, from);
    else if (inode.type === 'dir') {
      if (old.type === 'symlink') this.dirsOverLinks.push({ from, to });
      else this.addDirectory(inode, from, to);
    } else if (inode.type === 'symlink' && this.merged.children(to).length > 0) {
      this.linksOverDirs.push({ link: inode, to });
    } else {
      this.merged.set(to, inode);
    }
  }

  private addDirectory(inode: Inode, from: string, to: string): void {
    if (inode !== IMPLIED_DIR || this.merged.get(to)?.type !== 'dir') this.merged.set(to, inode);
    this.addChildren(from, to);
  }

  private addThroughLink(from: string, to: string): void {
    this.addDirectory(this.tree.get(from)!, from, this.merged.leadsTo(to) ?? to);
  }

  private replaceByLink(link: Inode, to: string): void {
    const written = link.target!.startsWith('/') ? link.target! : `${parentOf(to)}/${link.target!}`;
    const target = this.merged.leadsTo(written);
    const inside = target === to || target?.startsWith(`${to}/`);
    if (target !== undefined && !inside) this.move(to, target);
    this.merged.set(to, link);
  }

  /** Copies what lies in `from` to those places in `to` where nothing is yet. */
  private move(from: string, to: string): void {
    for (const name of this.merged.children(from)) {
      const source = joinPath(from, name);
      const inode = this.merged.get(source)!;
      const there = this.merged.get(joinPath(to, name));
      if (there === undefined || (there === IMPLIED_DIR && inode.type === 'dir')) {
        this.merged.set(joinPath(to, name), inode);
      }
      const target = inode.type === 'dir' ? this.merged.leadsTo(joinPath(to, name)) : undefined;
      if (target !== undefined) this.move(source, target);
    }
  }
}

import { IMPLIED_DIR, type Inode } from './inode.js';
import { joinPath, parentOf } from './path.js';
import { Tree } from './tree.js';

/**
 * The union of trees at one root; later ones win. A directory over a symlink that leads to a directory is
 * merged through the symlink (`lib -> usr/lib` and `lib/modules`); a symlink over a directory that is not
 * empty, and whose target is a directory, moves what lies in it to the target, where what is there already
 * wins. Inodes keep their identity. The inputs are not changed.
 */
export function mergeTrees(trees: Iterable<Tree>): Tree {
  const merged = new Tree();
  for (const tree of trees) new Merge(merged, tree).run();
  return merged;
}

/** One tree going into the union. What meets a symlink waits: the tree itself may bring the link's target. */
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
    if (inode.type === 'dir') {
      if (old?.type === 'symlink') this.dirsOverLinks.push({ from, to });
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

  /** Copies what lies in a directory to where the target has nothing yet. */
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

import { TreeError } from './error.js';
import { IMPLIED_DIR } from './inode.js';
import type { Entry, Inode } from './inode.js';
import { comparePaths } from './path.js';
import { walkPath } from './resolve.js';

interface Node {
  inode: Inode;
  /** Only of a directory. */
  children?: Map<string, Node>;
}

/**
 * A file system in memory, without contents: paths and inodes. Paths are clean (see cleanPath) and meant
 * literally; only `resolve` and `realpath` follow symlinks, and they never leave the tree. Hard links are
 * paths with the identical Inode object.
 */
export class Tree {
  private readonly root: Node = directory(IMPLIED_DIR);
  private count = 0;
  /** The directory looked up last: entries come in order, so most have the same parent as the one before. */
  private recent: { path: string; node: Node } = { path: '', node: this.root };

  static of(entries: Iterable<Entry>): Tree {
    const tree = new Tree();
    for (const { path, inode } of entries) tree.set(path, inode);
    return tree;
  }

  /** How many entries `entries` yields. */
  get size(): number {
    return this.count + (this.root.inode === IMPLIED_DIR ? 0 : 1);
  }

  get(path: string): Inode | undefined {
    return this.find(path)?.inode;
  }

  /** Names in a directory, sorted; none if there is no directory at `path`. */
  children(path: string): string[] {
    return [...(this.find(path)?.children?.keys() ?? [])].sort(comparePaths);
  }

  /**
   * Puts an inode at a path, which replaces what was there; a directory over a directory keeps what lies in
   * it, anything else loses it. Missing parents are made as IMPLIED_DIR; a parent that is no directory is an
   * error.
   */
  set(path: string, inode: Inode): void {
    if (path === '') {
      if (inode.type !== 'dir') throw new TreeError('not-a-directory', `the root cannot be a ${inode.type}`);
      this.root.inode = inode;
      return;
    }
    const slash = path.lastIndexOf('/');
    const siblings = this.directoryAt(slash < 0 ? '' : path.slice(0, slash)).children!;
    const name = path.slice(slash + 1);
    const old = siblings.get(name);
    if (old === undefined) this.count += 1;
    else if (old.children && inode.type === 'dir') {
      old.inode = inode;
      return;
    } else {
      this.count -= countBelow(old);
      this.forget();
    }
    siblings.set(name, inode.type === 'dir' ? directory(inode) : { inode });
  }

  /** Removes a path and all below it; false if there was none. The root only loses its content. */
  delete(path: string): boolean {
    const node = this.find(path);
    if (node === undefined) return false;
    this.forget();
    this.count -= countBelow(node);
    if (node === this.root) {
      this.root.inode = IMPLIED_DIR;
      this.root.children!.clear();
      return true;
    }
    const slash = path.lastIndexOf('/');
    this.find(slash < 0 ? '' : path.slice(0, slash))!.children!.delete(path.slice(slash + 1));
    this.count -= 1;
    return true;
  }

  /** Makes a directory and its parents where they are missing, as IMPLIED_DIR. */
  mkdirs(path: string): void {
    this.directoryAt(path);
  }

  /** All entries, sorted by path, so that parents come before children. The root only if something set it. */
  entries(): Entry[] {
    const out: Entry[] = [];
    collect(this.root, '', out);
    out.sort((a, b) => comparePaths(a.path, b.path));
    if (this.root.inode !== IMPLIED_DIR) out.unshift({ path: '', inode: this.root.inode });
    return out;
  }

  /** The path with symlinks in its parents followed, as in a chroot; its last component is taken as it is. */
  resolve(path: string): string {
    return walkPath((at) => this.get(at), path, false);
  }

  /** Whether that way leads through something below a directory, even if it comes out again. */
  passesBelow(path: string, directory: string): boolean {
    let below = false;
    walkPath((at) => ((below ||= at.startsWith(`${directory}/`)), this.get(at)), path, false);
    return below;
  }

  /** The path with all symlinks followed, the last one too. What does not exist is kept as it is written. */
  realpath(path: string): string {
    return walkPath((at) => this.get(at), path, true);
  }

  /** The directory that a path leads to, all symlinks followed; undefined if it leads to none, or round in a loop. */
  leadsTo(path: string): string | undefined {
    const target = this.endOf(path);
    return target !== undefined && this.get(target)?.type === 'dir' ? target : undefined;
  }

  /** What a path leads to, all symlinks followed; undefined if it leads to nothing, or round in a loop. */
  follow(path: string): Inode | undefined {
    const target = this.endOf(path);
    return target === undefined ? undefined : this.get(target);
  }

  private endOf(path: string): string | undefined {
    try {
      return this.realpath(path);
    } catch (error) {
      if (error instanceof TreeError && error.code === 'symlink-loop') return undefined;
      throw error;
    }
  }

  clone(): Tree {
    const copy = new Tree();
    copy.root.inode = this.root.inode;
    copy.root.children = copyChildren(this.root.children!);
    copy.count = this.count;
    return copy;
  }

  private forget(): void {
    this.recent = { path: '', node: this.root };
  }

  private find(path: string): Node | undefined {
    if (path === '') return this.root;
    const slash = path.lastIndexOf('/');
    return this.findDirectory(slash < 0 ? '' : path.slice(0, slash))?.children!.get(path.slice(slash + 1));
  }

  private findDirectory(path: string): Node | undefined {
    if (path === '') return this.root;
    if (path === this.recent.path) return this.recent.node;
    let node: Node | undefined = this.root;
    for (let from = 0; from <= path.length && node !== undefined;) {
      const slash = path.indexOf('/', from);
      const to = slash < 0 ? path.length : slash;
      node = node.children?.get(path.slice(from, to));
      from = to + 1;
    }
    if (!node?.children) return undefined;
    this.recent = { path, node };
    return node;
  }

  private directoryAt(path: string): Node {
    return this.findDirectory(path) ?? this.makeDirectory(path);
  }

  private makeDirectory(path: string): Node {
    let node = this.root;
    for (let from = 0; path !== '' && from <= path.length;) {
      const slash = path.indexOf('/', from);
      const to = slash < 0 ? path.length : slash;
      const name = path.slice(from, to);
      if (!node.children) break;
      let child = node.children.get(name);
      if (child === undefined) {
        child = directory(IMPLIED_DIR);
        node.children.set(name, child);
        this.count += 1;
      }
      node = child;
      from = to + 1;
    }
    if (!node.children) {
      throw new TreeError('not-a-directory', `${path || '/'} leads through a ${node.inode.type}`);
    }
    return node;
  }
}

function directory(inode: Inode): Node {
  return { inode, children: new Map() };
}

function countBelow(node: Node): number {
  let count = 0;
  for (const child of node.children?.values() ?? []) count += 1 + countBelow(child);
  return count;
}

function collect(node: Node, prefix: string, out: Entry[]): void {
  for (const [name, child] of node.children!) {
    const path = prefix + name;
    out.push({ path, inode: child.inode });
    if (child.children) collect(child, `${path}/`, out);
  }
}

function copyChildren(children: Map<string, Node>): Map<string, Node> {
  const copy = new Map<string, Node>();
  for (const [name, { inode, children: below }] of children) {
    copy.set(name, below ? { inode, children: copyChildren(below) } : { inode });
  }
  return copy;
}

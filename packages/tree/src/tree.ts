import { TreeError } from './error.js';
import { IMPLIED_DIR } from './inode.js';
import type { Entry, Inode } from './inode.js';
import { comparePaths } from './path.js';
import { walkPath } from './resolve.js';

interface Node {
  inode: Inode;
  /** A directory's entries; absent for all other types. */
  children?: Map<string, Node>;
}

/**
 * A file system in memory: paths and inodes, whose contents stay where they are. All paths are clean (see cleanPath).
 * They are taken literally; only `resolve`, `realpath`, `leadsTo`, `follow` and `passesBelow` follow symlinks, as in a
 * chroot. Paths with the identical Inode object are hard links.
 */
export class Tree {
  private readonly root: Node = directory(IMPLIED_DIR);
  private count = 0;
  /** The directory found last. Entries come in order, so most have the same parent as the one before. */
  private recent: { path: string; node: Node } = { path: '', node: this.root };

  /** A tree of the entries, set one after the other. */
  static of(entries: Iterable<Entry>): Tree {
    const tree = new Tree();
    for (const { path, inode } of entries) tree.set(path, inode);
    return tree;
  }

  /** How many entries `entries` returns. */
  get size(): number {
    return this.count + (this.root.inode === IMPLIED_DIR ? 0 : 1);
  }

  /** The inode at a path, no symlink followed. */
  get(path: string): Inode | undefined {
    return this.find(path)?.inode;
  }

  /** The sorted names in the directory at `path`; an empty list if there is no directory. */
  children(path: string): string[] {
    return [...(this.find(path)?.children?.keys() ?? [])].sort(comparePaths);
  }

  /**
   * Puts an inode at a path and replaces what was there. A directory that replaces a directory keeps its entries; any
   * other replacement drops them. Missing parents are made as IMPLIED_DIR.
   *
   * @throws TreeError `not-a-directory` if a parent exists and is not a directory.
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

  /** Removes a path and all below it; returns false if nothing was there. The root itself stays, empty. */
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

  /** Makes a directory and its parents as IMPLIED_DIR where they are missing. Throws what `set` throws. */
  mkdirs(path: string): void {
    this.directoryAt(path);
  }

  /** All entries sorted by path, parents before children. The root is among them only if it was set. */
  entries(): Entry[] {
    const out: Entry[] = [];
    collect(this.root, '', out);
    out.sort((a, b) => comparePaths(a.path, b.path));
    if (this.root.inode !== IMPLIED_DIR) out.unshift({ path: '', inode: this.root.inode });
    return out;
  }

  /**
   * The path after following the symlinks of all components but the last.
   *
   * @throws TreeError `symlink-loop` after more than 40 symlinks, as `realpath` and `passesBelow` do.
   */
  resolve(path: string): string {
    return walkPath((at) => this.get(at), path, false);
  }

  /** Whether `resolve` passes through an entry below `directory`, even if the path leads out of it again. */
  passesBelow(path: string, directory: string): boolean {
    let below = false;
    walkPath((at) => ((below ||= at.startsWith(`${directory}/`)), this.get(at)), path, false);
    return below;
  }

  /** The path after following all symlinks. Components that do not exist stay as they are written. */
  realpath(path: string): string {
    return walkPath((at) => this.get(at), path, true);
  }

  /** The path of the directory that a path leads to through symlinks; undefined for anything else and for loops. */
  leadsTo(path: string): string | undefined {
    const target = this.endOf(path);
    return target !== undefined && this.get(target)?.type === 'dir' ? target : undefined;
  }

  /** The inode that a path leads to through symlinks; undefined for dead links and for loops. */
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

  /** A copy that can be changed independently; it shares the immutable inodes. */
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

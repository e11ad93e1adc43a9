import { Directory, Listing, copyOf, countBelow, inodeOf } from './directory.js';
import { TreeError } from './error.js';
import { IMPLIED_DIR } from './inode.js';
import type { Entry, Inode } from './inode.js';
import { detached } from './name.js';
import { joinPath } from './path.js';
import { walkPath } from './resolve.js';

/** An entry by its directory and its name; both are '' for the root. */
export interface Place {
  readonly folder: string;
  readonly name: string;
  readonly inode: Inode;
}

/**
 * A file system in memory: paths and inodes, whose contents stay where they are. All paths are clean (see cleanPath).
 * They are taken literally; only `resolve`, `realpath`, `leadsTo`, `follow` and `passesBelow` follow symlinks, as in a
 * chroot. Paths with the identical Inode object are hard links.
 *
 * Copies share the directories that neither of them has changed: an image of many files is in memory once, however many
 * trees have it.
 */
export class Tree {
  /** Marks the directories that this tree may change. */
  private owner: object = {};
  private root = new Directory(IMPLIED_DIR, this.owner);
  /** The directory found last. Entries come in order, so most have the same parent as the one before. */
  private recent?: { readonly path: string; readonly directory: Directory; readonly isOwn: boolean };

  /** A tree of the entries, set one after the other. */
  static of(entries: Iterable<Entry>): Tree {
    const tree = new Tree();
    for (const { path, inode } of entries) tree.set(path, inode);
    return tree;
  }

  /** How many entries `entries` returns; counts them. */
  get size(): number {
    return countBelow(this.root) + (this.root.inode === IMPLIED_DIR ? 0 : 1);
  }

  /** The inode at a path, no symlink followed. */
  get(path: string): Inode | undefined {
    return inodeOf(this.find(path));
  }

  /** The inode of a name in a directory, no symlink followed. */
  getIn(folder: string, name: string): Inode | undefined {
    return inodeOf(this.findDirectory(folder)?.children.get(name));
  }

  /** The sorted names in the directory at `path`; an empty list if there is no directory. */
  children(path: string): string[] {
    return [...(this.findDirectory(path)?.children.keys() ?? [])].sort();
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
      this.ownDirectory('').inode = inode;
      return;
    }
    const slash = path.lastIndexOf('/');
    const parent = this.ownDirectory(slash < 0 ? '' : path.slice(0, slash));
    const name = path.slice(slash + 1);
    const old = parent.children.get(name);
    if (old instanceof Directory) {
      if (inode.type === 'dir') {
        this.own(parent, name, old).inode = inode;
        return;
      }
      this.recent = undefined;
    }
    const made = inode.type === 'dir' ? new Directory(inode, this.owner) : inode;
    parent.children.set(old === undefined ? detached(name) : name, made);
  }

  /**
   * Puts what another tree has at `from`, with all below it, at a path, and replaces what was there. Both trees share the
   * directories until one of them changes them. Nothing happens if the other tree has nothing there.
   *
   * @throws TreeError as `set` does.
   */
  graft(path: string, tree: Tree, from: string): void {
    const node = tree.find(from);
    if (!(node instanceof Directory)) {
      if (node) this.set(path, node);
      return;
    }
    tree.share();
    this.recent = undefined;
    if (path === '') {
      this.root = node;
      return;
    }
    const slash = path.lastIndexOf('/');
    const parent = this.ownDirectory(slash < 0 ? '' : path.slice(0, slash));
    parent.children.set(detached(path.slice(slash + 1)), node);
  }

  /** Removes a path and all below it; returns false if nothing was there. The root itself stays, empty. */
  delete(path: string): boolean {
    if (this.find(path) === undefined) return false;
    this.recent = undefined;
    if (path === '') {
      this.root = new Directory(IMPLIED_DIR, this.owner);
      return true;
    }
    const slash = path.lastIndexOf('/');
    return this.ownDirectory(slash < 0 ? '' : path.slice(0, slash)).children.delete(path.slice(slash + 1));
  }

  /** Makes a directory and its parents as IMPLIED_DIR where they are missing. Throws what `set` throws. */
  mkdirs(path: string): void {
    this.ownDirectory(path);
  }

  /** All entries sorted by path, parents before children. The root is among them only if it was set. */
  entries(): Entry[] {
    return [...this.walk()];
  }

  /** The same entries one after the other, as often as they are asked for. The tree must not change meanwhile. */
  walk(): Iterable<Entry> {
    return { [Symbol.iterator]: () => entriesOf(this.places()) };
  }

  /** The same entries by their directories and names. The tree must not change meanwhile. */
  *places(): Generator<Place> {
    if (this.root.inode !== IMPLIED_DIR) yield { folder: '', name: '', inode: this.root.inode };
    const stack = [new Listing(this.root, '')];
    for (let at = stack.at(-1); at; at = stack.at(-1)) {
      const key = at.keys[at.next];
      at.next += 1;
      if (key === undefined) stack.pop();
      else if (key.endsWith('/')) {
        const name = key.slice(0, -1);
        stack.push(new Listing(at.children.get(name) as Directory, joinPath(at.folder, name)));
      } else {
        yield { folder: at.folder, name: key, inode: inodeOf(at.children.get(key))! };
      }
    }
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
    this.share();
    copy.root = this.root;
    return copy;
  }

  /** Gives up all directories, so that another tree can have them too. */
  private share(): void {
    this.owner = {};
    this.recent = undefined;
  }

  private find(path: string): Inode | Directory | undefined {
    if (path === '') return this.root;
    const slash = path.lastIndexOf('/');
    return this.findDirectory(slash < 0 ? '' : path.slice(0, slash))?.children.get(path.slice(slash + 1));
  }

  private findDirectory(path: string): Directory | undefined {
    if (path === '') return this.root;
    if (path === this.recent?.path) return this.recent.directory;
    let directory = this.root;
    for (let from = 0; from <= path.length;) {
      const slash = path.indexOf('/', from);
      const to = slash < 0 ? path.length : slash;
      const child = directory.children.get(path.slice(from, to));
      if (!(child instanceof Directory)) return undefined;
      directory = child;
      from = to + 1;
    }
    this.recent = { path, directory, isOwn: false };
    return directory;
  }

  /** The directory at a path as this tree may change it. It is made, with its parents, where it is missing. */
  private ownDirectory(path: string): Directory {
    if (this.recent?.isOwn && path === this.recent.path) return this.recent.directory;
    if (this.root.owner !== this.owner) this.root = copyOf(this.root, this.owner);
    let directory = this.root;
    for (let from = 0; path !== '' && from <= path.length;) {
      const slash = path.indexOf('/', from);
      const to = slash < 0 ? path.length : slash;
      const name = path.slice(from, to);
      const child = directory.children.get(name);
      if (child !== undefined && !(child instanceof Directory)) {
        throw new TreeError('not-a-directory', `${path || '/'} leads through a ${child.type}`);
      }
      directory = child ? this.own(directory, name, child) : this.make(directory, name);
      from = to + 1;
    }
    this.recent = { path, directory, isOwn: true };
    return directory;
  }

  /** A directory in one that this tree may change, as this tree may change it. */
  private own({ children }: Directory, name: string, directory: Directory): Directory {
    if (directory.owner === this.owner) return directory;
    const copy = copyOf(directory, this.owner);
    children.set(name, copy);
    return copy;
  }

  private make({ children }: Directory, name: string): Directory {
    const made = new Directory(IMPLIED_DIR, this.owner);
    children.set(detached(name), made);
    return made;
  }
}

function* entriesOf(places: Iterable<Place>): Generator<Entry> {
  for (const { folder, name, inode } of places) yield { path: joinPath(folder, name), inode };
}

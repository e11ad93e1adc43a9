import type { Inode } from './inode.js';

/** A directory of a tree. Several trees may have it, as long as none of them changes it. */
export class Directory {
  constructor(
    public inode: Inode,
    /** The one tree that may change this object. Any other tree makes a copy first. */
    readonly owner: object,
    readonly children = new Map<string, Inode | Directory>(),
  ) {}
}

/** A directory whose entries are being listed. */
export class Listing {
  /**
   * The sorted names, and for each directory its name with a slash, which stands for all below it: so `a-b` comes before
   * `a/c`, as in a sorted list of paths.
   */
  readonly keys: string[];
  readonly children: Directory['children'];
  next = 0;

  constructor(
    { children }: Directory,
    readonly folder: string,
  ) {
    this.children = children;
    this.keys = [...children.keys()];
    for (const [name, child] of children) {
      if (child instanceof Directory && child.children.size > 0) this.keys.push(`${name}/`);
    }
    this.keys.sort();
  }
}

export function inodeOf(node: Inode | Directory | undefined): Inode | undefined {
  return node instanceof Directory ? node.inode : node;
}

export function copyOf({ inode, children }: Directory, owner: object): Directory {
  return new Directory(inode, owner, new Map(children));
}

/** How many entries lie in a directory and below it. */
export function countBelow({ children }: Directory): number {
  let count = children.size;
  for (const child of children.values()) if (child instanceof Directory) count += countBelow(child);
  return count;
}

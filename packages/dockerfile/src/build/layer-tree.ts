import { ancestorsOf, type Entry, type Inode, type Tree } from '@nx-linuxkit/tree';
import { isSameInode } from '../normalise/diff-trees.js';

/** A folder that a step needs and does not describe. */
export type NewFolder = Pick<Inode, 'uid' | 'gid'>;

/** A file stands where a step needs a folder. The message says where. */
export class NotAFolder extends Error {}

/**
 * The tree of a stage, and what one step changes in it: the entries of the step's layer.
 */
export class LayerTree {
  private readonly changed = new Map<string, Inode>();
  /** What was at the paths of `changed` before. */
  private readonly before = new Map<string, Inode>();

  constructor(
    private readonly tree: Tree,
    /** Seconds since 1970: the time of new folders, and the latest time of anything. */
    private readonly mtime: number,
  ) {}

  /** The entries that were changed, sorted by path. What was written as it was before is no change. */
  async entries(): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const [path, inode] of this.changed) {
      const before = this.before.get(path);
      if (!before || !(await isSameInode(before, inode))) entries.push({ path, inode });
    }
    return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Puts an inode at a path that is resolved, except that folders keep what lies in them. */
  put(path: string, inode: Inode): void {
    const before = this.tree.get(path);
    if (before && !this.changed.has(path)) this.before.set(path, before);
    this.tree.set(path, inode);
    this.changed.set(path, inode);
  }

  /**
   * Makes a folder, and those above it, where they are missing; follows symlinks. Gives its resolved path. Throws
   * NotAFolder.
   */
  makeFolder(path: string, owner: NewFolder): string {
    const resolved = this.tree.realpath(path);
    for (const folder of [...ancestorsOf(resolved), ...(resolved === '' ? [] : [resolved])]) {
      const inode = this.tree.get(folder);
      if (inode && inode.type !== 'dir') throw new NotAFolder(`/${folder} is no folder`);
      if (inode) continue;
      this.put(folder, { type: 'dir', mode: 0o755, uid: owner.uid, gid: owner.gid, mtime: this.mtime });
    }
    return resolved;
  }

  /** The path of a folder that a path leads to; undefined if there is none. */
  folderAt(path: string): string | undefined {
    return this.tree.leadsTo(path);
  }

  /** What is at a path; symlinks of its folders are followed. */
  at(path: string): Inode | undefined {
    return this.tree.get(this.resolve(path));
  }

  /** The path after following the symlinks of its folders. */
  resolve(path: string): string {
    return this.tree.resolve(path);
  }

  /** The path after following all symlinks; what does not exist stays as it is written. */
  realpath(path: string): string {
    return this.tree.realpath(path);
  }

  /** A file after following symlinks, such as etc/passwd. */
  follow(path: string): Inode | undefined {
    return this.tree.follow(path);
  }
}

import type { CpioMember } from '../cpio/member.js';
import type { Inode } from '../inode.js';
import { parentOf } from '../path.js';
import type { Tree } from '../tree.js';
import { KernelFs, type KernelNode } from './fs.js';

/** What Linux makes of cpio archives. */
export interface Unpacked {
  /** Made anew each time that it is asked for. */
  readonly tree: Tree;
  /** What is at a path of the tree, no symlink followed. Names of one file get the same object. */
  get(path: string): Inode | undefined;
  /** The members that Linux silently drops, each as `path: reason`. */
  readonly lost: readonly string[];
}

/**
 * Models Linux's initramfs unpacker (init/initramfs.c; checked against booted kernels): unpacks the archives one after
 * the other into an empty root. A trailer ends each archive, and the table of hard links is cleared there.
 */
export function kernelUnpack(archives: Iterable<Iterable<CpioMember>>): Unpacked {
  const unpacker = new Unpacker();
  for (const archive of archives) {
    for (const member of archive) unpacker.unpack(member);
    unpacker.trailer();
  }
  return unpacker.finish();
}

class Unpacker {
  private readonly fs = new KernelFs();
  private readonly lost: string[] = [];
  /** Maps a type and the numbers of an inode to the first path that had them. */
  private links = new Map<string, string>();
  private readonly dirTimes: { path: string; mtime: number }[] = [];

  unpack(member: CpioMember): void {
    const reason = this.fs.directory(parentOf(member.path))
      ? this.create(member)
      : 'its parent does not exist';
    if (reason) this.lost.push(`${member.path}: ${reason}`);
  }

  trailer(): void {
    this.links.clear();
  }

  finish(): Unpacked {
    // dir_add puts each time at the head of a list that dir_utime walks, so a directory's first time is set last.
    for (const { path, mtime } of this.dirTimes.reverse()) {
      const node = this.fs.lookup(path);
      if (node) node.mtime = mtime;
    }
    const { fs, lost } = this;
    return {
      get tree() {
        return fs.toTree();
      },
      get: (path) => fs.get(path),
      lost,
    };
  }

  /** Models do_name and do_symlink. Returns the reason if the member is lost. */
  private create(member: CpioMember): string | undefined {
    switch (member.inode.type) {
      case 'file':
        return this.createFile(member);
      case 'dir':
        return this.createDirectory(member);
      case 'symlink':
        return this.createSymlink(member);
      default:
        return this.createSpecial(member);
    }
  }

  private createFile(member: CpioMember): string | undefined {
    const { path, inode, content } = member;
    this.cleanPath(path, 'file');
    const linked = this.maybeLink(member);
    if (linked === 'failed') return 'its hard link failed';
    let node = this.fs.lookup(path);
    if (node?.type === 'dir') return 'a directory that is not empty is in the way';
    node ??= this.fs.add(path, inode);
    // The kernel opens the file for writing and does not replace it, so all names of the inode change.
    if (linked === 'no' || content) node.content = content;
    this.setOwner(node, member);
    node.mtime = inode.mtime;
    return undefined;
  }

  private createDirectory(member: CpioMember): string | undefined {
    this.cleanPath(member.path, 'dir');
    const node = this.fs.lookup(member.path) ?? this.fs.add(member.path, member.inode);
    this.setOwner(node, member);
    this.dirTimes.push({ path: member.path, mtime: member.inode.mtime });
    return undefined;
  }

  private createSymlink({ path, inode }: CpioMember): string | undefined {
    this.cleanPath(path, undefined);
    const there = this.fs.lookup(path);
    const node = there ?? this.fs.add(path, inode);
    node.owner = { mode: node.mode, uid: inode.uid, gid: inode.gid };
    node.mtime = inode.mtime;
    return there && 'a directory that is not empty is in the way';
  }

  private createSpecial(member: CpioMember): string | undefined {
    const { path, inode } = member;
    this.cleanPath(path, inode.type);
    const linked = this.maybeLink(member);
    if (linked !== 'no') return linked === 'failed' ? 'its hard link failed' : undefined;
    const there = this.fs.lookup(path);
    const node = there ?? this.fs.add(path, inode);
    this.setOwner(node, member);
    node.mtime = inode.mtime;
    if (there?.type === 'dir') return 'a directory that is not empty is in the way';
    const [major, minor] = inode.device ?? [];
    const same = there?.device?.[0] === major && there?.device?.[1] === minor;
    return there && !same ? 'a device of its type is in the way, and keeps its numbers' : undefined;
  }

  /** Models clean_path: removes an entry of another type, unless it is a directory with content. */
  private cleanPath(path: string, type: KernelNode['type'] | undefined): void {
    const node = this.fs.lookup(path);
    if (node && node.type !== type && (node.children?.size ?? 0) === 0) this.fs.remove(path);
  }

  private maybeLink({ path, inode, link }: CpioMember): 'no' | 'linked' | 'failed' {
    if (link === undefined) return 'no';
    const key = `${inode.type} ${link.ino} ${link.dev.join(' ')}`;
    const first = this.links.get(key);
    if (first === undefined) {
      this.links.set(key, path);
      return 'no';
    }
    this.cleanPath(path, undefined);
    const node = this.fs.lookup(first);
    if (!node || node.type === 'dir' || this.fs.lookup(path)) return 'failed';
    this.fs.link(path, node);
    return 'linked';
  }

  private setOwner(node: KernelNode, { inode }: CpioMember): void {
    node.owner = inode;
  }
}

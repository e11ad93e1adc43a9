import type { Content } from '../content.js';
import { IMPLIED_DIR, type Inode, type InodeType } from '../inode.js';
import { MAXSYMLINKS } from '../linux-limits.js';
import { detached } from '../name.js';
import { baseOf, joinPath, parentOf } from '../path.js';
import { Tree } from '../tree.js';

/** An inode of the kernel: unlike Inode it can be changed, and all its names see the change. */
export class KernelNode implements Inode {
  /** What its mode, user and group are taken from. */
  owner: Pick<Inode, 'mode' | 'uid' | 'gid'>;
  mtime: number;
  content?: Content;
  readonly children?: Map<string, KernelNode>;

  constructor(private readonly made: Inode) {
    this.owner = made;
    this.mtime = made.mtime;
    this.content = made.content;
    this.children = made.type === 'dir' ? new Map() : undefined;
  }

  get type(): InodeType {
    return this.made.type;
  }

  get mode(): number {
    return this.owner.mode;
  }

  get uid(): number {
    return this.owner.uid;
  }

  get gid(): number {
    return this.owner.gid;
  }

  get target(): string | undefined {
    return this.made.target;
  }

  get device(): Inode['device'] {
    return this.made.device;
  }
}

/** A root file system with the few system calls that Linux's initramfs unpacker makes. */
export class KernelFs {
  private readonly root = new KernelNode(IMPLIED_DIR);
  /** The directory found last. Members come in order, so most have the same parent as the one before. */
  private recent: { path: string; node?: KernelNode } = { path: '', node: this.root };
  /** The directory that `get` found last. */
  private literal?: { path: string; node?: KernelNode };

  /** The node at a path. Follows symlinked parents, but not a symlink at the path itself. */
  lookup(path: string): KernelNode | undefined {
    return path === '' ? this.root : this.directory(parentOf(path))?.children!.get(baseOf(path));
  }

  /** The node at a path, no symlink followed. */
  get(path: string): KernelNode | undefined {
    if (path === '') return this.root;
    const parent = parentOf(path);
    if (parent !== this.literal?.path) this.literal = { path: parent, node: this.walkLiterally(parent) };
    return this.literal.node?.children?.get(baseOf(path));
  }

  private walkLiterally(path: string): KernelNode | undefined {
    let node: KernelNode | undefined = this.root;
    for (const name of path === '' ? [] : path.split('/')) node = node?.children?.get(name);
    return node;
  }

  /** The directory that a path leads to through symlinks; undefined for anything else and for loops. */
  directory(path: string): KernelNode | undefined {
    if (path !== this.recent.path) this.recent = { path, node: this.walk(path) };
    return this.recent.node;
  }

  private walk(path: string): KernelNode | undefined {
    const stack = [this.root];
    const todo = path.split('/').reverse();
    for (let links = 0; todo.length > 0;) {
      const name = todo.pop()!;
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const node = stack.at(-1)!.children!.get(name);
      if (node?.type === 'symlink') {
        links += 1;
        if (links > MAXSYMLINKS) return undefined;
        if (node.target!.startsWith('/')) stack.length = 1;
        todo.push(...node.target!.split('/').reverse());
      } else if (node?.children) {
        stack.push(node);
      } else {
        return undefined;
      }
    }
    return stack.at(-1);
  }

  /** Makes a node. The caller makes sure that its parent exists and its name is free. */
  add(path: string, inode: Inode): KernelNode {
    const node = new KernelNode(inode);
    this.link(path, node);
    return node;
  }

  link(path: string, node: KernelNode): void {
    this.directory(parentOf(path))!.children!.set(detached(baseOf(path)), node);
    this.forget(node);
  }

  remove(path: string): void {
    const node = this.lookup(path);
    this.directory(parentOf(path))!.children!.delete(baseOf(path));
    this.forget(node);
  }

  /** Drops the directory found last if a directory or symlink came or went, which changes where paths lead. */
  private forget(node: KernelNode | undefined): void {
    this.literal = undefined;
    if (node?.children || node?.target !== undefined) this.recent = { path: '', node: this.root };
  }

  toTree(): Tree {
    const tree = new Tree();
    const inodes = new Map<KernelNode, Inode>();
    const walk = (node: KernelNode, path: string) => {
      let inode = inodes.get(node);
      if (inode === undefined) inodes.set(node, (inode = toInode(node)));
      tree.set(path, inode);
      for (const [name, child] of node.children ?? []) walk(child, joinPath(path, name));
    };
    walk(this.root, '');
    return tree;
  }
}

function toInode({ type, mode, uid, gid, mtime, content, target, device }: KernelNode): Inode {
  return {
    ...{ type, mode, uid, gid, mtime },
    ...(content && { content }),
    ...(target !== undefined && { target }),
    ...(device && { device }),
  };
}

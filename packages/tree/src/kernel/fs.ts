import type { Content } from '../content.js';
import { IMPLIED_DIR, type Inode, type InodeType } from '../inode.js';
import { MAXSYMLINKS } from '../linux-limits.js';
import { baseOf, joinPath, parentOf } from '../path.js';
import { Tree } from '../tree.js';

/** An inode of the kernel: unlike Inode it can be changed, and all its names see the change. */
export interface KernelNode {
  readonly type: InodeType;
  mode: number;
  uid: number;
  gid: number;
  mtime: number;
  content?: Content;
  readonly target?: string;
  readonly device?: readonly [number, number];
  readonly children?: Map<string, KernelNode>;
}

/** A root file system with the few system calls that Linux's initramfs unpacker makes. */
export class KernelFs {
  private readonly root = newNode(IMPLIED_DIR);
  /** The directory found last. Members come in order, so most have the same parent as the one before. */
  private recent: { path: string; node?: KernelNode } = { path: '', node: this.root };

  /** The node at a path. Follows symlinked parents, but not a symlink at the path itself. */
  lookup(path: string): KernelNode | undefined {
    return path === '' ? this.root : this.directory(parentOf(path))?.children!.get(baseOf(path));
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
    const node = newNode(inode);
    this.link(path, node);
    return node;
  }

  link(path: string, node: KernelNode): void {
    this.directory(parentOf(path))!.children!.set(baseOf(path), node);
    this.forget(node);
  }

  remove(path: string): void {
    const node = this.lookup(path);
    this.directory(parentOf(path))!.children!.delete(baseOf(path));
    this.forget(node);
  }

  /** Drops the directory found last if a directory or symlink came or went, which changes where paths lead. */
  private forget(node: KernelNode | undefined): void {
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

function newNode({ type, mode, uid, gid, mtime, content, target, device }: Inode): KernelNode {
  const children = type === 'dir' ? new Map<string, KernelNode>() : undefined;
  return { type, mode, uid, gid, mtime, content, target, device, children };
}

function toInode({ type, mode, uid, gid, mtime, content, target, device }: KernelNode): Inode {
  return {
    ...{ type, mode, uid, gid, mtime },
    ...(content && { content }),
    ...(target !== undefined && { target }),
    ...(device && { device }),
  };
}

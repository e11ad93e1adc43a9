import { Tree } from '@nx-linuxkit/tree';
import type { Inode } from '@nx-linuxkit/tree';
import { directory, file, symlink } from '../contents/inodes.js';

/** Makes a tree: the key `dir/` is a directory, the value `-> x` is a symlink to x, other values are contents of files. */
export function treeOf(files: Readonly<Record<string, string | Buffer | Inode>>): Tree {
  const tree = new Tree();
  for (const [path, what] of Object.entries(files)) {
    if (path.endsWith('/')) tree.set(path.slice(0, -1), directory());
    else if (typeof what === 'string' && what.startsWith('-> ')) tree.set(path, symlink(what.slice(3)));
    else tree.set(path, typeof what === 'string' || Buffer.isBuffer(what) ? file(what) : what);
  }
  return tree;
}

/** Describes each entry of a tree as one line: type, mode, owner, and target or content. */
export async function listing(tree: Tree): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const { path, inode } of tree.entries()) {
    const chunks: Uint8Array[] = [];
    const { content } = inode;
    if (content)
      for await (const chunk of content.source.read(content.offset, content.offset + content.size))
        chunks.push(chunk);
    const text = inode.type === 'symlink' ? `-> ${inode.target}` : Buffer.concat(chunks).toString();
    out[path] = `${inode.type} ${inode.mode.toString(8)} ${inode.uid}:${inode.gid}${text ? ` ${text}` : ''}`;
  }
  return out;
}

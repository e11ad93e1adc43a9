import { createHash } from 'node:crypto';
import { walk, type Node } from './node.js';

/** A SHA-256 in hex over all metadata of a tree and over the ids of its contents. */
export function treeId(root: Node, seed = ''): string {
  const hash = createHash('sha256').update(seed);
  for (const { path, inode } of walk(root)) {
    const { type, mode, uid, gid, mtime, target, device, content, xattrs } = inode;
    const attributes =
      xattrs && [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
    const bytes = content && [content.source.id, content.offset, content.size];
    hash.update(
      `${JSON.stringify([path, type, mode, uid, gid, mtime, target, device, bytes, attributes])}\n`,
    );
  }
  return hash.digest('hex');
}

import { readContent } from '../content.js';
import { IMPLIED_DIR, type Inode } from '../inode.js';
import type { Tree } from '../tree.js';
import { collect } from './streams.js';

export async function contentOf(inode: Inode | undefined): Promise<string | undefined> {
  if (inode?.type !== 'file') return undefined;
  return inode.content ? (await collect(readContent(inode.content))).toString('latin1') : '';
}

/**
 * A tree as lines: `etc/ 755`, `etc/` for an implied directory, `bin/sh 755 "body"`, `sh -> bin/sh`, and `b = a` for a
 * second name of `a`.
 */
export async function listing(tree: Tree): Promise<string[]> {
  const first = new Map<Inode, string>();
  const lines: string[] = [];
  for (const { path, inode } of tree.entries()) {
    const mode = inode.mode.toString(8);
    if (inode.type === 'dir') lines.push(`${path}/${inode === IMPLIED_DIR ? '' : ` ${mode}`}`);
    else if (first.has(inode)) lines.push(`${path} = ${first.get(inode)}`);
    else if (inode.type === 'symlink') lines.push(`${path} -> ${inode.target}`);
    else if (inode.type === 'file') lines.push(`${path} ${mode} "${await contentOf(inode)}"`);
    else lines.push(`${path} ${inode.type} ${mode} ${inode.device?.join(':') ?? ''}`.trim());
    if (!first.has(inode)) first.set(inode, path);
  }
  return lines;
}

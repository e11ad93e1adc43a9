import type { Content, Inode, Tree } from '@nx-linuxkit/tree';
import type { OsPlan } from '../plan/os-plan.js';
import type { FileSize } from './system-size.js';

/** A file of a root file system. */
export interface RootFile extends FileSize {
  readonly content: Content;
}

/** Lists the files of a root that have bytes, the largest first, each by its first path. */
export function filesOf(root: Tree, plan: OsPlan): RootFile[] {
  const images = new Set(plan.segments.map(({ reference }) => reference));
  const seen = new Set<Inode>();
  const files: RootFile[] = [];
  for (const { path, inode } of root.entries()) {
    const { content, origin } = inode;
    if (!content || content.size === 0 || seen.has(inode)) continue;
    seen.add(inode);
    // Configurations and `files` of the YAML have origins too, which are no images.
    const isOfImage = origin !== undefined && images.has(origin.source);
    files.push({ path, size: content.size, image: isOfImage ? origin.source : plan.file, content });
  }
  return files.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
}

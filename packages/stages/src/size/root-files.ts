import type { Content, Inode, Tree } from '@nx-linuxkit/tree';
import type { OsPlan } from '../plan/os-plan.js';
import type { FileSize } from './system-size.js';

/** A file of a root file system. */
export interface RootFile extends Omit<FileSize, 'packed'> {
  readonly content: Content;
  /** Its hard links, the first path included. */
  readonly paths: readonly string[];
}

/** Lists the files of a root that have bytes, the largest first, each by its first path. */
export function filesOf(root: Tree, plan: OsPlan): RootFile[] {
  const images = new Set(plan.segments.map(({ reference }) => reference));
  const seen = new Map<Inode, string[]>();
  const files: RootFile[] = [];
  for (const { path, inode } of root.entries()) {
    const { content, origin } = inode;
    if (!content || content.size === 0) continue;
    const links = seen.get(inode);
    if (links) {
      links.push(path);
      continue;
    }
    const paths = [path];
    seen.set(inode, paths);
    // Configurations and `files` of the YAML have origins too, which are no images.
    const isOfImage = origin !== undefined && images.has(origin.source);
    files.push({ path, size: content.size, image: isOfImage ? origin.source : plan.file, content, paths });
  }
  return files.sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
}

import { TreeError } from './error.js';
import type { Inode } from './inode.js';

/** As Linux's MAXSYMLINKS: more than this many links in one walk is a loop. */
const MAX_SYMLINKS = 40;

/**
 * Follows symlinks the way a chroot does: an absolute target starts at the root, `..` at the root stays
 * there, so that no target leads out. Components that do not exist, or lie below something that is no
 * directory, are kept as they are written.
 */
export function walkPath(
  get: (path: string) => Inode | undefined,
  path: string,
  followLast: boolean,
): string {
  const todo = path.split('/').reverse();
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const name = todo.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    done.push(name);
    if (todo.length === 0 && !followLast) break;
    const inode = get(done.join('/'));
    if (inode?.type !== 'symlink') continue;
    links += 1;
    if (links > MAX_SYMLINKS) {
      throw new TreeError('symlink-loop', `${path} leads through more than ${MAX_SYMLINKS} symlinks`);
    }
    done.pop();
    if (inode.target!.startsWith('/')) done.length = 0;
    todo.push(...inode.target!.split('/').reverse());
  }
  return done.join('/');
}

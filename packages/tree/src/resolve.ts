import { TreeError } from './error.js';
import type { Inode } from './inode.js';
import { MAXSYMLINKS } from './linux-limits.js';

/**
 * Follows the symlinks of a path as in a chroot: an absolute target starts at the root, and `..` at the root stays
 * there, so that no target leads out of the tree. Components that do not exist, or lie below something other than a
 * directory, stay as they are written. The last component is followed only with `followLast`.
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
    if (links > MAXSYMLINKS) {
      throw new TreeError('symlink-loop', `${path} leads through more than ${MAXSYMLINKS} symlinks`);
    }
    done.pop();
    if (inode.target!.startsWith('/')) done.length = 0;
    todo.push(...inode.target!.split('/').reverse());
  }
  return done.join('/');
}

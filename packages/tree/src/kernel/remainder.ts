import type { Entry } from '../inode.js';
import type { Tree } from '../tree.js';

/**
 * What a last, generated archive must hold so that a root that holds `given` becomes `wanted`: entries that are
 * missing or differ, each with its parent directories. What is too much in `given` it cannot remove.
 */
export function remainder(_wanted: Tree, _given: Tree): Entry[] {
  throw new Error('not built');
}

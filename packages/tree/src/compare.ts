import type { Tree } from './tree.js';

export interface Difference {
  readonly path: string;
  /** For people: `missing`, `extra`, `mode is 0644, expected 0755`. */
  readonly message: string;
}

export interface CompareOptions {
  /** Compare mtimes: of all, of all but directories, or of none (the default). */
  readonly mtimes?: 'all' | 'not-dirs' | 'none';
  /** Compare xattrs, true by default; cpio cannot carry them. */
  readonly xattrs?: boolean;
}

/** How two trees differ, sorted by path. Contents are read only where they are not the same slice of the same source. */
export async function compareTrees(
  _expected: Tree,
  _actual: Tree,
  _options: CompareOptions = {},
): Promise<Difference[]> {
  throw new Error('not built');
}

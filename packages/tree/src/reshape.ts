import type { Entry } from './inode.js';
import type { Tree } from './tree.js';

/** The tree moved below a directory. The directories on the way are IMPLIED_DIR, the last one is the tree's root. */
export function prefixTree(_tree: Tree, _prefix: string): Tree {
  throw new Error('not built');
}

/** The entries that `keep` accepts. A directory that it drops stays as IMPLIED_DIR if something in it stays. */
export function filterTree(_tree: Tree, _keep: (entry: Entry) => boolean): Tree {
  throw new Error('not built');
}

export interface Rules {
  /** Paths that are dropped, each by its exact name. */
  readonly exclude: readonly string[];
  /** Put over the tree, whatever it has there. */
  readonly replace: Tree;
  /** Put where the tree has nothing. */
  readonly touch: Tree;
}

/** LinuxKit's rules for an image's files: excluded, replaced and touched ones. */
export function applyRules(_tree: Tree, _rules: Rules): Tree {
  throw new Error('not built');
}

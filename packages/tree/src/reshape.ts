import type { Entry } from './inode.js';
import { mergeTrees } from './merge.js';
import { baseOf, joinPath, parentOf } from './path.js';
import { Tree } from './tree.js';

/** The tree moved below a directory; the directories on the way are IMPLIED_DIR. */
export function prefixTree(tree: Tree, prefix: string): Tree {
  const out = new Tree();
  out.mkdirs(prefix);
  for (const { path, inode } of tree.entries()) out.set(joinPath(prefix, path), inode);
  return out;
}

/** The entries that `keep` accepts. A directory that it drops stays as IMPLIED_DIR if something in it stays. */
export function filterTree(tree: Tree, keep: (entry: Entry) => boolean): Tree {
  return Tree.of(tree.entries().filter(keep));
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
export function applyRules(tree: Tree, { exclude, replace, touch }: Rules): Tree {
  const excluded = new Set(exclude);
  const kept = filterTree(tree, ({ path }) => !excluded.has(path));
  const replaced = mergeTrees([kept, replace]);
  const absent = filterTree(touch, ({ path }) => {
    const parent = replaced.leadsTo(parentOf(path));
    return parent === undefined || replaced.get(joinPath(parent, baseOf(path))) === undefined;
  });
  return mergeTrees([replaced, absent]);
}

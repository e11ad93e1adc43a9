import { IMPLIED_DIR, type Entry } from './inode.js';
import { mergeTrees } from './merge.js';
import { baseOf, joinPath, parentOf } from './path.js';
import { Tree } from './tree.js';

/** A copy of the tree, moved below the directory `prefix`; the directories on the way there are IMPLIED_DIR. */
export function prefixTree(tree: Tree, prefix: string): Tree {
  const out = new Tree();
  out.graft(prefix, tree, '');
  return out;
}

/** The entries that `keep` accepts. A dropped directory becomes IMPLIED_DIR if something in it is kept. */
export function filterTree(tree: Tree, keep: (entry: Entry) => boolean): Tree {
  const out = new Tree();
  for (const entry of tree.walk()) if (keep(entry)) out.set(entry.path, entry.inode);
  return out;
}

/** A copy without some paths. A directory's path drops the directory alone, not what lies in it. */
export function withoutPaths(tree: Tree, paths: Iterable<string>): Tree {
  const out = tree.clone();
  // A directory comes after what lies in it, so that it is dropped where nothing of that is left.
  for (const path of [...paths].sort().reverse()) {
    if (out.children(path).length > 0) out.set(path, IMPLIED_DIR);
    else out.delete(path);
  }
  return out;
}

/** What `applyRules` changes in a tree. */
export interface Rules {
  /** Paths to drop; a directory's path drops the directory alone, not what lies in it. */
  readonly exclude: readonly string[];
  /** Entries that replace what the tree has at their paths. */
  readonly replace: Tree;
  /** Entries that are added where the tree has nothing. */
  readonly touch: Tree;
}

/** Applies LinuxKit's rules for the files of an image: drops, then replaces, then adds what is still absent. */
export function applyRules(tree: Tree, { exclude, replace, touch }: Rules): Tree {
  const replaced = mergeTrees([withoutPaths(tree, exclude), replace]);
  const absent = filterTree(touch, ({ path }) => {
    const parent = replaced.leadsTo(parentOf(path));
    return parent === undefined || replaced.get(joinPath(parent, baseOf(path))) === undefined;
  });
  return mergeTrees([replaced, absent]);
}

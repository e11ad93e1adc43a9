import {
  IMPLIED_DIR,
  ancestorsOf,
  tarPieces,
  type Content,
  type Entry,
  type Origin,
  type Tree,
} from '@nx-linuxkit/tree';

/** Writes a root as a tar. PAX records say which image each entry came from, as in LinuxKit's tar. */
export function rootArchive(tree: Tree): Generator<Uint8Array | Content> {
  return tarPieces(withOrigins(tree), { origins: true });
}

/** Gives a directory that no image names, and that only leads to an entry, the origin of that entry. */
function withOrigins(tree: Tree): Iterable<Entry> {
  return { [Symbol.iterator]: () => entriesWithOrigins(tree) };
}

function* entriesWithOrigins(tree: Tree): Generator<Entry> {
  const first = firstOrigin(tree);
  /** Directories without an origin, each of which leads to the next one. */
  let way: Entry[] = [];
  const flush = function* (next?: Entry): Generator<Entry> {
    const last = way.at(-1);
    if (!last) return;
    const below = next?.path.startsWith(`${last.path}/`) ? next.inode.origin : undefined;
    const origin = below ?? originAbove(tree, last.path) ?? first;
    for (const { path, inode } of way) yield { path, inode: { ...inode, origin } };
    way = [];
  };
  for (const entry of tree.walk()) {
    const last = way.at(-1);
    const isOnWay = entry.inode === IMPLIED_DIR && last && entry.path.startsWith(`${last.path}/`);
    if (!isOnWay) yield* flush(entry);
    if (entry.inode === IMPLIED_DIR) way.push(entry);
    else yield entry;
  }
  yield* flush();
}

function firstOrigin(tree: Tree): Origin | undefined {
  for (const { inode } of tree.walk()) if (inode.origin) return inode.origin;
  return undefined;
}

/** A directory emptied by a whiteout takes the origin of its parent directory. */
function originAbove(tree: Tree, path: string): Origin | undefined {
  return ancestorsOf(path)
    .map((ancestor) => tree.get(ancestor)?.origin)
    .findLast((origin) => origin !== undefined);
}

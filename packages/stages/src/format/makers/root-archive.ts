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
function withOrigins(tree: Tree): Entry[] {
  const entries = tree.entries();
  const first = entries.find(({ inode }) => inode.origin)?.inode.origin;
  for (let i = entries.length - 1; i >= 0; i--) {
    const { path, inode } = entries[i];
    if (inode !== IMPLIED_DIR) continue;
    const below = entries[i + 1]?.path.startsWith(`${path}/`) ? entries[i + 1].inode.origin : undefined;
    entries[i] = { path, inode: { ...inode, origin: below ?? originAbove(tree, path) ?? first } };
  }
  return entries;
}

/** A directory emptied by a whiteout takes the origin of its parent directory. */
function originAbove(tree: Tree, path: string): Origin | undefined {
  return ancestorsOf(path)
    .map((ancestor) => tree.get(ancestor)?.origin)
    .findLast((origin) => origin !== undefined);
}

import {
  IMPLIED_DIR,
  ancestorsOf,
  tarPieces,
  type Content,
  type Entry,
  type Origin,
  type Tree,
} from '@nx-linuxkit/tree';

/** A root as a tar; PAX records say of each entry which image it came from, as in LinuxKit's. */
export function rootArchive(tree: Tree): Generator<Uint8Array | Content> {
  return tarPieces(withOrigins(tree), { origins: true });
}

/** No image names a directory that is only needed by what lies in it: it is of whoever brought that. */
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

/** Of one that a whiteout has emptied: of whoever brought the folder that it lies in. */
function originAbove(tree: Tree, path: string): Origin | undefined {
  return ancestorsOf(path)
    .map((ancestor) => tree.get(ancestor)?.origin)
    .findLast((origin) => origin !== undefined);
}

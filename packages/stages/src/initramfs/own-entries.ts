import { ancestorsOf, type Entry, type Inode } from '@nx-linuxkit/tree';

/** The entries that no part of a layer brings, by whether they change with what the YAML says. */
export interface OwnEntries {
  /** Files and devices of images, with their parent directories. */
  readonly brought: readonly Entry[];
  /** Files that the system itself brings, directories and symlinks. */
  readonly own: readonly Entry[];
}

/** Parts the entries that no layer brings. `generated` has the inodes of the files that the system itself brings. */
export function partOwn(entries: readonly Entry[], generated: ReadonlySet<Inode>): OwnEntries {
  const isBrought = ({ inode }: Entry) =>
    inode.type !== 'dir' && inode.type !== 'symlink' && !generated.has(inode);
  const files = entries.filter(isBrought);
  const parents = new Set(files.flatMap(({ path }) => ancestorsOf(path)));
  return {
    brought: entries.filter((entry) => isBrought(entry) || parents.has(entry.path)),
    own: entries.filter((entry) => !isBrought(entry)),
  };
}

import { ancestorsOf, type Inode, type Tree } from '@nx-linuxkit/tree';

/** Places over which builders mount something while RUN runs. They make the mount points, and some leave them behind. */
const MOUNT_POINTS = [
  ...['dev/console', 'dev/mqueue', 'dev/pts', 'dev/shm', 'dev', 'proc', 'sys'],
  ...[
    'etc/hostname',
    'etc/hosts',
    'etc/mtab',
    'etc/resolv.conf',
    '.dockerenv',
    'run/.containerenv',
    'run/secrets',
    'run/buildkit',
  ],
];

/**
 * Removes the mount points that a builder made: what is empty, and was not there before. `targets` are those of the mounts of
 * RUN, as paths without a slash in front.
 */
export function removeLeftovers(before: Tree, after: Tree, targets: readonly string[] = []): void {
  const above = MOUNT_POINTS.flatMap((path) => ancestorsOf(path).reverse());
  // A folder above a target may be the package's own.
  for (const path of [...targets, ...MOUNT_POINTS, ...new Set(above)]) {
    const inode = after.get(path);
    if (inode && before.get(path) === undefined && isEmpty(path, inode, after)) after.delete(path);
  }
}

function isEmpty(path: string, { type, content }: Inode, tree: Tree): boolean {
  if (type === 'dir') return tree.children(path).length === 0;
  return type === 'file' && (content?.size ?? 0) === 0;
}

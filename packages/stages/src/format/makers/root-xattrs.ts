import { printable } from '@nx-linuxkit/errors';
import { fittingXattrs } from '@nx-linuxkit/disk';
import type { RootFileSystem } from '@nx-linuxkit/formats';
import type { Entry, Inode } from '@nx-linuxkit/tree';
import type { System } from '../system.js';

/** Attributes in one warning: as many as fit on a screen. The others are counted. */
const LISTED = 8;

/**
 * Leaves out the extended attributes that the root's file system cannot hold, with one warning that names image, path
 * and attribute. Entries that share an inode still share one.
 */
export function withFittingXattrs(
  entries: readonly Entry[],
  fileSystem: RootFileSystem,
  { name, format, log }: Pick<System, 'name' | 'format' | 'log'>,
): Entry[] {
  const known = new Map<Inode, Inode>();
  const leftOut: string[] = [];
  const fitting = entries.map(({ path, inode }) => {
    const before = known.get(inode);
    if (before) return { path, inode: before };
    const fit = fittingXattrs(fileSystem, inode);
    known.set(inode, fit.inode);
    leftOut.push(...fit.leftOut.map((attribute) => `${attribute} of /${path}${imageOf(inode)}`));
    return { path, inode: fit.inode };
  });
  if (leftOut.length > 0) {
    const more = leftOut.length > LISTED ? `; and ${leftOut.length - LISTED} more` : '';
    const listed = printable(leftOut.slice(0, LISTED).join('; '));
    log(
      `warning: ${format} ${name}: ${fileSystem} cannot hold these extended attributes, so they are left out: ${listed}${more}`,
    );
  }
  return fitting;
}

/** ` (services[0], docker.io/library/nginx:1)` */
function imageOf({ origin }: Inode): string {
  return origin ? ` (${origin.location}, ${origin.source})` : '';
}

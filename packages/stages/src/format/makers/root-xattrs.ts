import { printable } from '@nx-linuxkit/errors';
import { fittingXattrs } from '@nx-linuxkit/disk';
import type { RootFileSystem } from '@nx-linuxkit/formats';
import type { Entry, Inode } from '@nx-linuxkit/tree';
import type { System } from '../system.js';

/** Attributes in one warning: as many as fit on a screen. The others are counted. */
const LISTED = 8;

/**
 * Leaves out the extended attributes that the root's file system cannot hold, with one warning that names image, path
 * and attribute behind the last entry. Entries that share an inode still share one.
 */
export function* withFittingXattrs(
  entries: Iterable<Entry>,
  fileSystem: RootFileSystem,
  { name, format, log }: Pick<System, 'name' | 'format' | 'log'>,
): Generator<Entry> {
  const known = new Map<Inode, Inode>();
  const leftOut: string[] = [];
  for (const entry of entries) {
    const { path, inode } = entry;
    if (!inode.xattrs) {
      yield entry;
      continue;
    }
    const before = known.get(inode);
    const fit = before ? { inode: before, leftOut: [] } : fittingXattrs(fileSystem, inode);
    known.set(inode, fit.inode);
    leftOut.push(...fit.leftOut.map((attribute) => `${attribute} of /${path}${imageOf(inode)}`));
    yield { path, inode: fit.inode };
  }
  if (leftOut.length === 0) return;
  const more = leftOut.length > LISTED ? `; and ${leftOut.length - LISTED} more` : '';
  const listed = printable(leftOut.slice(0, LISTED).join('; '));
  log(
    `warning: ${format} ${name}: ${fileSystem} cannot hold these extended attributes, so they are left out: ${listed}${more}`,
  );
}

/** ` (services[0], docker.io/library/nginx:1)` */
function imageOf({ origin }: Inode): string {
  return origin ? ` (${origin.location}, ${origin.source})` : '';
}

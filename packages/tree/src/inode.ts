import type { Content } from './content.js';

export type InodeType = 'file' | 'dir' | 'symlink' | 'char' | 'block' | 'fifo';

/** Where an inode came from; ends as the PAX records `LINUXKIT.source` and `LINUXKIT.location`. */
export interface Origin {
  readonly source: string;
  readonly location: string;
}

/**
 * A file system object without its name: hard links are several paths that share one Inode object.
 * Immutable; a changed inode is a new object.
 */
export interface Inode {
  readonly type: InodeType;
  /** The low 12 bits: permissions, setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** Only of a file; absent means empty. */
  readonly content?: Content;
  /** Only of a symlink: the target, verbatim. */
  readonly target?: string;
  /** Only of char and block devices: major, minor. */
  readonly device?: readonly [number, number];
  /** Full names (`security.capability`) to raw values. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly origin?: Origin;
}

/** A name and what it names. Paths have no leading or trailing slash and no `.` or `..`; '' is the root. */
export interface Entry {
  readonly path: string;
  readonly inode: Inode;
}

/** LinuxKit's time for everything that it makes itself: 2017-04-18T16:30:00Z. */
export const DEFAULT_MTIME = 1492533000;

/**
 * A directory that nothing defines, only needed by what lies in it. Known by identity: a merge never lets it
 * replace the metadata of a directory that somebody did define.
 */
export const IMPLIED_DIR: Inode = Object.freeze({
  type: 'dir',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: DEFAULT_MTIME,
});

/** Whether two contents are the same slice of the same bytes. Nothing is read. */
export function sameContent(a: Content | undefined, b: Content | undefined): boolean {
  const sizeA = a?.size ?? 0;
  const sizeB = b?.size ?? 0;
  if (sizeA === 0 || sizeB === 0) return sizeA === sizeB;
  return sizeA === sizeB && a!.offset === b!.offset && a!.source.id === b!.source.id;
}

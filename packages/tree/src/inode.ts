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

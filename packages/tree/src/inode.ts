import type { Content } from './content.js';

/** The types of file system objects that a tree holds; sockets are left out, as no image format stores them. */
export type InodeType = 'file' | 'dir' | 'symlink' | 'char' | 'block' | 'fifo';

/** Where an inode came from. `writeTar` can write it as the PAX records `LINUXKIT.source` and `LINUXKIT.location`. */
export interface Origin {
  /** The image or file, such as `docker.io/library/nginx:1.27`. */
  readonly source: string;
  /** The place in the YAML, such as `services[0]`. */
  readonly location: string;
}

/**
 * A file system object without its name. Paths that share one Inode object are hard links of each other.
 * An inode is immutable: to change one, make a new object.
 */
export interface Inode {
  readonly type: InodeType;
  /** The low 12 bits: permissions, setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  /** A file's bytes; absent for an empty file and for all other types. */
  readonly content?: Content;
  /** A symlink's target, verbatim. */
  readonly target?: string;
  /** The number of a character or block device. */
  readonly device?: readonly [major: number, minor: number];
  /** Full attribute names (`security.capability`) to raw values. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  readonly origin?: Origin;
}

/** A path and the inode it names. Paths have no leading or trailing slash and no `.` or `..`; '' is the root. */
export interface Entry {
  readonly path: string;
  readonly inode: Inode;
}

/** The mtime of everything that has none of its own, in seconds since 1970: 2017-04-18T16:30:00Z, as in LinuxKit. */
export const DEFAULT_MTIME = 1492533000;

/**
 * A directory that no entry defines: it exists because something lies in it. It is recognised by identity (`===`):
 * a merge never replaces the metadata of a defined directory by those of an implied one.
 */
export const IMPLIED_DIR: Inode = Object.freeze({
  type: 'dir',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: DEFAULT_MTIME,
});

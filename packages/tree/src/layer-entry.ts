import type { InodeType } from './inode.js';

/** One entry of a layer's tar, as the archive says it: the names are cleaned (see cleanPath), nothing is resolved. */
export interface LayerEntry {
  readonly path: string;
  readonly type: InodeType | 'hardlink';
  /** Permissions, setuid, setgid and sticky: 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970; the archive's fraction is cut off. */
  readonly mtime: number;
  /** Bytes of a file; 0 for all other types. */
  readonly size: number;
  /** Byte of the uncompressed layer at which the file's bytes begin. */
  readonly offset: number;
  /** A symlink's target, verbatim, or the cleaned path that a hard link names. */
  readonly target?: string;
  readonly device?: readonly [major: number, minor: number];
  /** Full attribute names (`security.capability`) to values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

import type { Inode, InodeType } from '../inode.js';

/** An inode of root from 1970 with mode 0644, and whatever `extra` changes in it. */
export const inodeOf = (type: InodeType, extra: Partial<Inode> = {}): Inode => ({
  type,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: 0,
  ...extra,
});

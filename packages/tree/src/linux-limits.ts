/** Longest path or symlink target in bytes, its closing NUL included: include/uapi/linux/limits.h. */
export const PATH_MAX = 4096;
/** Longest name of one path component in bytes: include/uapi/linux/limits.h. */
export const NAME_MAX = 255;
/** Symlinks that Linux follows on the way along one path (include/linux/namei.h); one more counts as a loop. */
export const MAXSYMLINKS = 40;

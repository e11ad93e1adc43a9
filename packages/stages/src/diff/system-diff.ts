/** How a system differs from another state of it. */
export interface SystemDiff {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** What it was compared with, as it was named. */
  readonly with: string;
  /** Sorted by path. */
  readonly files: readonly FileChange[];
  /** Sorted by image; absent where the other side is files alone, which do not say what images they are of. */
  readonly images?: readonly VersionChange[];
  /** Packages of Debian and Alpine that the images have records of, sorted by place and name. */
  readonly packages: readonly VersionChange[];
}

/** A path of the root that differs. */
export interface FileChange {
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before?: FileState;
  readonly after?: FileState;
  /** A unified diff of a small text that others than its owner may read. */
  readonly text?: string;
}

/** What lies at a path. */
export interface FileState {
  readonly type: 'file' | 'dir' | 'symlink' | 'char' | 'block' | 'fifo';
  /** Octal digits: `0755`. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** bytes; 0 for all but files */
  readonly size: number;
  /** Hexadecimal digits, of a file whose bytes were compared. */
  readonly sha256?: string;
  readonly target?: string;
  /** Major and minor number of a device. */
  readonly device?: string;
}

/** Something with a version that came, went or has another one. Absent before or after is not there. */
export interface VersionChange {
  /** `docker.io/library/nginx:1.27`, or `libc6 in containers/services/nginx/lower`. */
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

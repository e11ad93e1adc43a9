import type { InodeType } from '../inode.js';

/** One entry of a layer's tar, in the archive's own words: names cleaned, nothing resolved. */
export interface LayerEntry {
  readonly path: string;
  readonly type: InodeType | 'hardlink';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds; a fraction is cut off. */
  readonly mtime: number;
  /** Bytes; 0 for all but files. */
  readonly size: number;
  /** Where the bytes lie in the uncompressed layer. */
  readonly offset: number;
  /** Of a symlink verbatim, of a hard link cleaned. */
  readonly target?: string;
  readonly device?: readonly [major: number, minor: number];
  /** Full names to values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** What is in a layer: its tar's entries in tar order, whiteouts among them. */
export interface LayerIndex {
  readonly diffID: string;
  /** Uncompressed bytes. */
  readonly size: number;
  readonly entries: readonly LayerEntry[];
}

/** Compact, deterministic JSON text. */
export function serialiseLayerIndex(_index: LayerIndex): string {
  throw new Error('not built');
}

export function parseLayerIndex(_text: string): LayerIndex {
  throw new Error('not built');
}

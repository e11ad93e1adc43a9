import type { InodeType } from '../inode.js';
import { formatRows, letterOf, parseRows, sortedXattrs, typeOf, type Extra } from './row.js';

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

const KIND = 'layer-1';

type Row = [string, string, number, number, number, number, number, number, Extra?];

/** Compact, deterministic JSON text. */
export function serialiseLayerIndex({ diffID, size, entries }: LayerIndex): string {
  return formatRows({ kind: KIND, diffID, size }, entries.map(toRow));
}

export function parseLayerIndex(text: string): LayerIndex {
  const { diffID, size, entries } = parseRows<{ diffID: string; size: number }>(text, KIND);
  return { diffID, size, entries: entries.map((row) => fromRow(row as Row)) };
}

function toRow(entry: LayerEntry): Row {
  const { path, type, mode, uid, gid, mtime, size, offset, target, device, xattrs } = entry;
  const row: Row = [path, letterOf(type), mode, uid, gid, mtime, size, offset];
  if (target !== undefined || device || xattrs) {
    row.push({ t: target, d: device, x: xattrs && sortedXattrs(xattrs) });
  }
  return row;
}

function fromRow([path, letter, mode, uid, gid, mtime, size, offset, extra]: Row): LayerEntry {
  const type = typeOf(letter);
  if (extra === undefined) return { path, type, mode, uid, gid, mtime, size, offset };
  const { t: target, d: device, x: xattrs } = extra;
  return {
    ...{ path, type, mode, uid, gid, mtime, size, offset },
    ...(target !== undefined && { target }),
    ...(device && { device }),
    ...(xattrs && { xattrs }),
  };
}

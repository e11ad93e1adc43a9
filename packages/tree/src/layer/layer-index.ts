import type { LayerEntry } from '../layer-entry.js';
import { formatRows, letterOf, parseRows, sortedXattrs, typeOf, type Extra } from './row.js';

/** What is in a layer: the entries of its tar in tar order, whiteouts among them. */
export interface LayerIndex {
  /** Digest of the uncompressed tar: OCI image-spec, config.md, "rootfs". */
  readonly diffID: string;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  readonly entries: readonly LayerEntry[];
}

const KIND = 'layer-1';

type Row = [string, string, number, number, number, number, number, number, Extra?];

/** A layer's index as compact JSON text; equal indexes give equal text. */
export function serialiseLayerIndex({ diffID, size, entries }: LayerIndex): string {
  return formatRows({ kind: KIND, diffID, size }, entries.map(toRow));
}

/**
 * Parses what `serialiseLayerIndex` wrote.
 *
 * @throws TreeError `malformed` if the text is something else.
 */
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

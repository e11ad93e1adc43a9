import { TreeError } from '../error.js';
import type { LayerEntry } from '../layer-entry.js';
import { RowsText, letterOf, parseRows, sortedXattrs, typeOf, type Extra } from './row.js';

/** What is in a layer: the entries of its tar in tar order, whiteouts among them. */
export interface LayerIndex {
  /** Digest of the uncompressed tar: OCI image-spec, config.md, "rootfs". */
  readonly diffID: string;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  readonly entries: Iterable<LayerEntry>;
}

const KIND = 'layer-1';

type Row = [string, string, number, number, number, number, number, number, Extra?];

/** Bytes of an index's head, which is padded: the rows are written before the head is known. */
const HEAD = 256;

/**
 * Writes a layer's index as compact JSON text while the layer is read; equal indexes give equal text. `write` gets the
 * text in pieces, each with the byte at which it begins; the last piece is the first part of the text.
 */
export class LayerIndexText {
  private position = HEAD;
  private readonly rows = new RowsText((piece) => {
    this.write(piece, this.position);
    this.position += piece.length;
  });

  constructor(private readonly write: (piece: Buffer, position: number) => void) {}

  add(entry: LayerEntry): void {
    this.rows.add(toRow(entry));
  }

  finish({ diffID, size }: Pick<LayerIndex, 'diffID' | 'size'>): void {
    const head = this.rows.finish({ kind: KIND, diffID, size });
    if (head.length > HEAD)
      throw new TreeError('malformed', `expected a digest, got ${JSON.stringify(diffID)}`);
    // JSON allows spaces before its first character.
    this.write(Buffer.concat([Buffer.alloc(HEAD - head.length, ' '), head]), 0);
  }
}

/**
 * Parses what `LayerIndexText` wrote. The entries are parsed each time they are asked for, and are never all in memory.
 *
 * @throws TreeError `malformed` if the text is something else. A malformed entry throws when it is reached.
 */
export function parseLayerIndex(text: Uint8Array): LayerIndex {
  const { head, rows } = parseRows<Pick<LayerIndex, 'diffID' | 'size'>>(text, KIND);
  return { diffID: head.diffID, size: head.size, entries: { [Symbol.iterator]: () => entriesOf(rows) } };
}

function* entriesOf(rows: Iterable<unknown[]>): Generator<LayerEntry> {
  for (const row of rows) yield fromRow(row as Row);
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

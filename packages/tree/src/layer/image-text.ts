import type { ByteSource } from '../content.js';
import { TreeError } from '../error.js';
import { IMPLIED_DIR, type Inode } from '../inode.js';
import { Tree } from '../tree.js';
import {
  openLayer,
  type DirDefinition,
  type ImageTree,
  type LayerSize,
  type OpenOptions,
} from './image-tree.js';
import { layerInode } from './layer-inode.js';
import { RowsText, letterOf, parseRows, sortedXattrs, typeOf, type Extra } from './row.js';

const KIND = 'image-1';

/** [path, letter, layer, mode, uid, gid, mtime, size, offset, extra], for all types but directories. */
type InodeRow = [string, string, number, number, number, number, number, number, number, Extra?];
/** [path, 'h', index of the row that has the inode]. */
type LinkRow = [string, 'h', number];
/** [path, 'd', definitions]; an implied directory has no definitions. */
type DirRow = [string, 'd', ...DefinitionRow[]];
/** [layer, mode, uid, gid, mtime, xattrs]. */
type DefinitionRow = [number, number, number, number, number, Readonly<Record<string, string>>?];

/** An image tree as compact JSON text; equal trees give equal text. Contents and origins are not part of it. */
export function serialiseImageTree(image: ImageTree): Buffer {
  const pieces: Buffer[] = [];
  const text = new RowsText((piece) => pieces.push(piece));
  const seen = new Map<Inode, number>();
  let row = 0;
  for (const { path, inode } of image.tree.walk()) {
    text.add(rowOf(path, inode, row, seen, image));
    row += 1;
  }
  const head = text.finish({ kind: KIND, layers: image.layers });
  return Buffer.concat([head, ...pieces]);
}

function rowOf(
  path: string,
  inode: Inode,
  row: number,
  seen: Map<Inode, number>,
  { definitions, layerOf }: ImageTree,
): InodeRow | LinkRow | DirRow {
  if (inode.type === 'dir') return [path, 'd', ...(definitions.get(inode) ?? []).map(definitionRow)];
  const first = seen.get(inode);
  if (first !== undefined) return [path, 'h', first];
  seen.set(inode, row);
  return inodeRow(path, inode, layerOf.get(inode)!);
}

/**
 * Parses what `serialiseImageTree` wrote.
 *
 * @throws TreeError `malformed` if the text is something else.
 */
export function parseImageTree(text: Uint8Array, options: OpenOptions = {}): ImageTree {
  const { head, rows } = parseRows<{ layers: LayerSize[] }>(text, KIND);
  const { layers } = head;
  const sources = layers.map((layer) => openLayer(layer, options));
  const image = {
    layers,
    tree: new Tree(),
    layerOf: new Map<Inode, number>(),
    definitions: new Map<Inode, readonly DirDefinition[]>(),
  };
  const inodes: Inode[] = [];
  for (const row of rows as Iterable<InodeRow | LinkRow | DirRow>) {
    const inode =
      row[1] === 'd'
        ? readDir(row as DirRow, image.definitions, options)
        : row[1] === 'h'
          ? inodes[(row as LinkRow)[2]]
          : readInode(row as InodeRow, sources, image.layerOf, options);
    if (inode === undefined)
      throw new TreeError('malformed', `the index has no target for the hard link ${JSON.stringify(row[0])}`);
    inodes.push(inode);
    image.tree.set(row[0], inode);
  }
  return image;
}

function inodeRow(path: string, inode: Inode, layer: number): InodeRow {
  const { type, mode, uid, gid, mtime, content, target, device, xattrs } = inode;
  const offset = content?.offset ?? 0;
  const row: InodeRow = [path, letterOf(type), layer, mode, uid, gid, mtime, content?.size ?? 0, offset];
  if (target !== undefined || device || xattrs) row.push({ t: target, d: device, x: encodeXattrs(xattrs) });
  return row;
}

function definitionRow({ layer, inode }: DirDefinition): DefinitionRow {
  const row: DefinitionRow = [layer, inode.mode, inode.uid, inode.gid, inode.mtime];
  if (inode.xattrs) row.push(encodeXattrs(inode.xattrs));
  return row;
}

function encodeXattrs(xattrs: Inode['xattrs']): Record<string, string> | undefined {
  if (xattrs === undefined) return undefined;
  const encoded = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return sortedXattrs(Object.fromEntries(encoded) as Record<string, string>);
}

function readInode(
  [, letter, layer, mode, uid, gid, mtime, size, offset, extra]: InodeRow,
  sources: readonly ByteSource[],
  layerOf: Map<Inode, number>,
  { origin }: OpenOptions,
): Inode {
  const source = sources[layer];
  if (source === undefined) throw new TreeError('malformed', `the index has no layer ${layer}`);
  const type = typeOf(letter);
  const [target, device, xattrs] = extra ? [extra.t, extra.d, extra.x] : [];
  const inode = layerInode(
    { path: '', type, mode, uid, gid, mtime, size, offset, target, device, xattrs },
    source,
    origin,
  );
  layerOf.set(inode, layer);
  return inode;
}

function readDir(
  [, , ...rows]: DirRow,
  definitions: Map<Inode, readonly DirDefinition[]>,
  { origin }: OpenOptions,
): Inode {
  if (rows.length === 0) return IMPLIED_DIR;
  const all = rows.map(([layer, mode, uid, gid, mtime, xattrs]): DirDefinition => {
    const entry = { path: '', type: 'dir' as const, mode, uid, gid, mtime, size: 0, offset: 0, xattrs };
    return { layer, inode: layerInode(entry, NO_BYTES, origin) };
  });
  const { inode } = all.at(-1)!;
  definitions.set(inode, all);
  return inode;
}

const NO_BYTES: ByteSource = openLayer({ diffID: '', size: 0 }, {});

import { DiskError } from '../error.js';
import { countLinks } from '../node/links.js';
import { inodeCount, type Node } from '../node/node.js';
import type { Fragment, WrittenData } from './file-data.js';
import { encodeListing, type Child } from './directory.js';
import { encodeDirectoryInode, encodeFileInode, encodeOtherInode, type InodeFields } from './inode.js';
import { MetadataTable, type Reference } from './metadata.js';
import { XattrTable } from './xattrs.js';

/** All metadata of a volume. */
export interface Tables {
  readonly inodes: MetadataTable;
  readonly directories: MetadataTable;
  readonly fragments: MetadataTable;
  readonly ids: MetadataTable;
  readonly idCount: number;
  readonly xattrs: XattrTable;
  readonly inodeCount: number;
  readonly root: Reference;
}

/** Builds all metadata. A directory comes after its entries, because it refers to their inodes. */
export function buildTables(root: Node, data: WrittenData, level: number): Tables {
  const count = inodeCount(root);
  const numbers = numberInodes(root, count);
  const linksOf = countLinks(root);
  const ids = new IdTable(level);
  const xattrs = new XattrTable(level);
  const inodes = new MetadataTable(level);
  const directories = new MetadataTable(level);
  const places = new Places(count);
  const fieldsOf = (node: Node): InodeFields => ({
    node,
    number: numbers[node.id]!,
    links: linksOf(node),
    uid: ids.add(node.inode.uid),
    gid: ids.add(node.inode.gid),
    xattrs: xattrs.add(node.inode, node.path),
  });
  const placeOf = (node: Node): Reference => {
    const known = places.get(node);
    if (known) return known;
    const fields = fieldsOf(node);
    const bytes =
      node.inode.type === 'file' ? encodeFileInode(fields, data.files[node.id]) : encodeOtherInode(fields);
    const place = inodes.append(bytes);
    places.set(node, place);
    return place;
  };
  for (const node of directoriesLastFirst(root)) {
    const children = node.children.map((child): Child => ({
      node: child,
      number: numbers[child.id]!,
      at: placeOf(child),
    }));
    const listing = encodeListing(children);
    const at = directories.append(listing);
    // By convention, the root's parent has the number behind the last inode.
    const parent = node.parent ? numbers[node.parent.id]! : count + 1;
    places.set(
      node,
      inodes.append(encodeDirectoryInode(fieldsOf(node), { at, bytes: listing.length, parent })),
    );
  }
  return {
    inodes,
    directories,
    fragments: fragmentTable(data.fragments, level),
    ids: ids.table,
    idCount: ids.count,
    xattrs,
    inodeCount: count,
    root: places.get(root)!,
  };
}

/** Stands for a place that is not known: offsets are smaller than a metadata block. */
const NOWHERE = 0xffff;

/** The places of inodes, without an object for each: large trees have many. */
class Places {
  readonly #blocks: Uint32Array;
  readonly #offsets: Uint16Array;

  constructor(count: number) {
    this.#blocks = new Uint32Array(count);
    this.#offsets = new Uint16Array(count).fill(NOWHERE);
  }

  get({ id }: Node): Reference | undefined {
    const offset = this.#offsets[id]!;
    return offset === NOWHERE ? undefined : { block: this.#blocks[id]!, offset };
  }

  set({ id }: Node, { block, offset }: Reference): void {
    this.#blocks[id] = block;
    this.#offsets[id] = offset;
  }
}

/** Numbers the inodes breadth first, from 1, so that the numbers of a directory's entries lie together. By id of a node. */
function numberInodes(root: Node, count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  const queue = [root];
  numbers[root.id] = 1;
  let last = 1;
  for (const node of queue) {
    for (const child of node.children) {
      if (numbers[child.id] === 0) numbers[child.id] = last += 1;
      if (child.inode.type === 'dir') queue.push(child);
    }
  }
  return numbers;
}

/** All directories, each after the directories in it. It does not recurse, because trees may be deep. */
function directoriesLastFirst(root: Node): Node[] {
  const found = [root];
  for (const node of found)
    for (const child of node.children) if (child.inode.type === 'dir') found.push(child);
  return found.reverse();
}

/** The table of owners and groups; inodes refer to it by index. */
class IdTable {
  readonly #numbers = new Map<number, number>();
  readonly table: MetadataTable;

  constructor(level: number) {
    this.table = new MetadataTable(level);
  }

  get count(): number {
    return this.#numbers.size;
  }

  add(id: number): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    if (this.#numbers.size === 0xffff) {
      throw new DiskError(
        'image-too-large',
        'squashfs holds 65535 different owners and groups, the tree has more',
      );
    }
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(id, 0);
    this.table.append(bytes);
    this.#numbers.set(id, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

function fragmentTable(fragments: readonly Fragment[], level: number): MetadataTable {
  const table = new MetadataTable(level);
  for (const { start, size } of fragments) {
    const entry = Buffer.alloc(16);
    entry.writeBigUInt64LE(BigInt(start), 0);
    entry.writeUInt32LE(size, 8);
    table.append(entry);
  }
  return table;
}

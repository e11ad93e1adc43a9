import { comparePaths, nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { NONE } from './inode.js';
import { indexedTable, MetadataTable, packReference } from './metadata.js';

/** Prefixes of attribute names and the types that replace them. */
const PREFIXES: readonly [prefix: string, type: number][] = [
  ['user.', 0],
  ['trusted.', 1],
  ['security.', 2],
];

/** The table of attribute sets; equal sets are stored once. */
export class XattrTable {
  readonly #pairs: MetadataTable;
  readonly #ids: MetadataTable;
  readonly #known = new Map<string, number>();

  constructor(level: number) {
    this.#pairs = new MetadataTable(level);
    this.#ids = new MetadataTable(level);
  }

  /** Adds an inode's set and returns its index; NONE if the inode has no attributes. */
  add({ xattrs }: Inode, path: string): number {
    if (!xattrs || xattrs.size === 0) return NONE;
    const pairs = [...xattrs]
      .sort(([a], [b]) => comparePaths(a, b))
      .map(([name, value]) => encodePair(name, value, path));
    const bytes = Buffer.concat(pairs);
    const key = bytes.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = Buffer.alloc(16);
    id.writeBigUInt64LE(packReference(this.#pairs.append(bytes)), 0);
    id.writeUInt32LE(pairs.length, 8);
    id.writeUInt32LE(bytes.length, 12);
    this.#ids.append(id);
    this.#known.set(key, this.#known.size);
    return this.#known.size - 1;
  }

  /** The table's bytes for offset `start`: pairs, ids, and the header that leads to both; undefined without sets. */
  finish(start: number): { bytes: Buffer; index: number } | undefined {
    if (this.#known.size === 0) return undefined;
    const pairs = this.#pairs.finish().bytes;
    const ids = indexedTable(this.#ids, start + pairs.length);
    const header = Buffer.alloc(16);
    header.writeBigUInt64LE(BigInt(start), 0);
    header.writeUInt32LE(this.#known.size, 8);
    // The header lies between the ids and the list of their blocks.
    const list = ids.index - start - pairs.length;
    const bytes = Buffer.concat([pairs, ids.bytes.subarray(0, list), header, ids.bytes.subarray(list)]);
    return { bytes, index: ids.index };
  }
}

function encodePair(name: string, value: Uint8Array, path: string): Buffer {
  const match = PREFIXES.find(([prefix]) => name.startsWith(prefix));
  if (!match) {
    throw new DiskError('unsupported-entry', `${path}: squashfs cannot hold the extended attribute ${name}`, {
      hint: 'squashfs holds user, trusted and security attributes; erofs holds ACLs too',
    });
  }
  const suffix = nameToBytes(name.slice(match[0].length));
  const head = Buffer.alloc(4);
  head.writeUInt16LE(match[1], 0);
  head.writeUInt16LE(suffix.length, 2);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(value.length, 0);
  return Buffer.concat([head, suffix, length, value]);
}

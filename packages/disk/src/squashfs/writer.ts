import type { FileHandle } from 'node:fs/promises';
import { writeFully, type Entry } from '@nx-linuxkit/tree';
import { writeAtomically } from '../container/file.js';
import { DiskError } from '../error.js';
import { DEFAULT_MTIME } from '../image/bytes.js';
import { alignUp } from '../image/zeros.js';
import { nodesOf } from '../node/node.js';
import { writeData, type WrittenData } from './data.js';
import { indexedTable, packReference } from './metadata.js';
import { buildTables, type Tables } from './tables.js';

export interface SquashfsOptions {
  /** Seconds, for the volume itself. */
  readonly mtime?: number;
  /** zlib's level, 1 to 9; 6 unless said: 9 takes twice the time for half a percent. */
  readonly level?: number;
  /** A power of two from 4 KiB to 1 MiB; 128 KiB unless said, as mksquashfs has it. */
  readonly blockSize?: number;
}

const SUPERBLOCK = 96;
const MAGIC = 0x73717368;
const GZIP = 1;
/** Flags: equal files are stored once; there are no extended attributes. */
const DUPLICATES = 0x0040;
const NO_XATTRS = 0x0200;
const ABSENT = 0xffffffffffffffffn;
/** Block devices and loop devices want whole pages. */
const PADDING = 4096;

/** A compressed read-only Linux file system: data, then the tables, the superblock last. */
export async function writeSquashfs(
  entries: Iterable<Entry>,
  path: string,
  options: SquashfsOptions = {},
): Promise<void> {
  const { mtime = DEFAULT_MTIME, level = 6, blockSize = 128 * 1024 } = options;
  if (!Number.isInteger(Math.log2(blockSize)) || blockSize < 4096 || blockSize > 2 ** 20) {
    throw new DiskError('bad-option', `expected a power of two from 4096 to 1048576, got ${blockSize}`);
  }
  const root = nodesOf(entries);
  await writeAtomically(path, async (file) => {
    const data = await writeData(file, root, { start: SUPERBLOCK, blockSize, level });
    const tables = buildTables(root, data, level);
    const places = await writeTables(file, data, tables);
    await writeFully(file, encodeSuperblock({ mtime, blockSize, data, tables, places }), 0);
    // First cut off what was taken back, then pad.
    await file.truncate(places.end);
    await file.truncate(alignUp(places.end, PADDING));
  });
}

interface Places {
  readonly inodes: number;
  readonly directories: number;
  readonly fragments?: number;
  readonly ids: number;
  readonly xattrs?: number;
  readonly end: number;
}

async function writeTables(file: FileHandle, data: WrittenData, tables: Tables): Promise<Places> {
  let at = data.end;
  const put = async (bytes: Buffer): Promise<void> => {
    await writeFully(file, bytes, at);
    at += bytes.length;
  };
  const inodes = at;
  await put(tables.inodes.finish().bytes);
  const directories = at;
  await put(tables.directories.finish().bytes);
  const fragments = data.fragments.length > 0 ? indexedTable(tables.fragments, at) : undefined;
  if (fragments) await put(fragments.bytes);
  const ids = indexedTable(tables.ids, at);
  await put(ids.bytes);
  const xattrs = tables.xattrs.finish(at);
  if (xattrs) await put(xattrs.bytes);
  return { inodes, directories, fragments: fragments?.index, ids: ids.index, xattrs: xattrs?.index, end: at };
}

/** Version 4.0: fs/squashfs/squashfs_fs.h, struct squashfs_super_block. */
function encodeSuperblock(s: {
  mtime: number;
  blockSize: number;
  data: WrittenData;
  tables: Tables;
  places: Places;
}): Buffer {
  const block = Buffer.alloc(SUPERBLOCK);
  const { places, tables } = s;
  const place = (at: number | undefined, offset: number): void =>
    void block.writeBigUInt64LE(at === undefined ? ABSENT : BigInt(at), offset);
  block.writeUInt32LE(MAGIC, 0);
  block.writeUInt32LE(tables.inodeCount, 4);
  block.writeUInt32LE(s.mtime, 8);
  block.writeUInt32LE(s.blockSize, 12);
  block.writeUInt32LE(s.data.fragments.length, 16);
  block.writeUInt16LE(GZIP, 20);
  block.writeUInt16LE(Math.log2(s.blockSize), 22);
  block.writeUInt16LE(places.xattrs === undefined ? DUPLICATES | NO_XATTRS : DUPLICATES, 24);
  block.writeUInt16LE(tables.idCount, 26);
  block.writeUInt16LE(4, 28);
  block.writeBigUInt64LE(packReference(tables.root), 32);
  place(places.end, 40);
  place(places.ids, 48);
  place(places.xattrs, 56);
  place(places.inodes, 64);
  place(places.directories, 72);
  place(places.fragments, 80);
  // No table that NFS would want.
  place(undefined, 88);
  return block;
}

import type { FileHandle } from 'node:fs/promises';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { DEFAULT_MTIME, writeFully, type Entry } from '@nx-linuxkit/tree';
import { writeAtomically } from '../container/file.js';
import { DiskError } from '../error.js';
import { alignUp, MIB } from '../image/units.js';
import { nodesOf } from '../node/node.js';
import { writeData } from './data.js';
import type { WrittenData } from './file-data.js';
import { indexedTable, packReference } from './metadata.js';
import { buildTables, type Tables } from './tables.js';

/** How to write a squashfs volume. */
export interface SquashfsOptions {
  /** The volume's own time in seconds since 1970; DEFAULT_MTIME by default. */
  readonly mtime?: number;
  /** zlib's level from 1 (fast) to 9 (small); 6 by default, because 9 takes twice the time for half a percent. */
  readonly level?: number;
  /** Bytes of a block, a power of two from 4 KiB to 1 MiB; 128 KiB by default, as in mksquashfs. */
  readonly blockSize?: number;
  /** Keeps compressed blocks for later calls. It decides no byte. */
  readonly kept?: BlockStore;
}

const SUPERBLOCK = 96;
const MAGIC = 0x73717368;
const GZIP = 1;
/** Flag: equal files are stored once. */
const DUPLICATES = 0x0040;
/** Flag: the volume has no extended attributes. */
const NO_XATTRS = 0x0200;
const ABSENT = 0xffffffffffffffffn;
/** The volume's size is a multiple of this: block devices and loop devices need whole pages. */
const PADDING = 4096;

/**
 * Writes a tree as a squashfs volume, a compressed read-only file system of Linux (fs/squashfs/squashfs_fs.h, version
 * 4.0, gzip): the data, then the tables, the superblock last. Keeps owners, modes, times, devices and the extended
 * attributes `user.`, `trusted.` and `security.`. On failure, `path` stays as it was.
 *
 * @throws DiskError `bad-name`, `unsupported-entry`, `image-too-large`, `bad-option` or `short-content`.
 */
export async function writeSquashfs(
  entries: Iterable<Entry>,
  path: string,
  options: SquashfsOptions = {},
): Promise<void> {
  const { mtime = DEFAULT_MTIME, level = 6, blockSize = 128 * 1024, kept } = options;
  if (!Number.isInteger(Math.log2(blockSize)) || blockSize < 4096 || blockSize > MIB) {
    throw new DiskError(
      'bad-option',
      `expected a block size of 4096 to ${MIB}, a power of two, got ${blockSize}`,
    );
  }
  const root = nodesOf(entries);
  await writeAtomically(path, async (file) => {
    const data = await writeData(file, root, { start: SUPERBLOCK, blockSize, level, kept });
    const tables = buildTables(root, data, level);
    const places = await writeTables(file, data, tables);
    await writeFully(file, encodeSuperblock({ mtime, blockSize, data, tables, places }), 0);
    // The first call cuts off data that was taken back, the second one pads.
    await file.truncate(places.end);
    await file.truncate(alignUp(places.end, PADDING));
  });
}

/** Offsets of the tables in bytes; a table without entries is absent. */
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

/** The superblock, version 4.0: fs/squashfs/squashfs_fs.h, struct squashfs_super_block. */
function encodeSuperblock(s: {
  mtime: number;
  blockSize: number;
  data: WrittenData;
  tables: Tables;
  places: Places;
}): Buffer {
  const block = Buffer.alloc(SUPERBLOCK);
  const { places, tables } = s;
  const writeOffset = (at: number | undefined, offset: number): void =>
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
  writeOffset(places.end, 40);
  writeOffset(places.ids, 48);
  writeOffset(places.xattrs, 56);
  writeOffset(places.inodes, 64);
  writeOffset(places.directories, 72);
  writeOffset(places.fragments, 80);
  // The export table is absent: only NFS servers use it.
  writeOffset(undefined, 88);
  return block;
}

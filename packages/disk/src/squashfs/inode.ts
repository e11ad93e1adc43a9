import { nameToBytes, type InodeType } from '@nx-linuxkit/tree';
import { encodeDevice } from '../node/device.js';
import { fileSize, type Node } from '../node/node.js';
import type { FileData } from './file-data.js';
import type { Reference } from './metadata.js';

/** Types of basic inodes. An extended inode, with room for attributes and large sizes, has a number greater by seven. */
export const BASIC_TYPE: Record<InodeType, number> = {
  dir: 1,
  file: 2,
  symlink: 3,
  block: 4,
  char: 5,
  fifo: 6,
};
const EXTENDED = 7;
export const NONE = 0xffffffff;
/** A directory's size counts 3 bytes for `.` and `..`, although its listing lacks them. */
const DOTS = 3;

/** The fields that all inodes have. */
export interface InodeFields {
  readonly node: Node;
  readonly number: number;
  readonly links: number;
  /** Index of the owner in the table of ids. */
  readonly uid: number;
  /** Index of the group in the table of ids. */
  readonly gid: number;
  /** Index into the table of attributes, or NONE. */
  readonly xattrs: number;
}

/** A directory's listing: its place, its length and the number of the parent's inode. */
export interface Listing {
  readonly at: Reference;
  readonly bytes: number;
  readonly parent: number;
}

function encode(fields: InodeFields, extended: boolean, body: Buffer): Buffer {
  const { inode } = fields.node;
  const head = Buffer.alloc(16);
  head.writeUInt16LE(BASIC_TYPE[inode.type] + (extended ? EXTENDED : 0), 0);
  head.writeUInt16LE(inode.mode, 2);
  head.writeUInt16LE(fields.uid, 4);
  head.writeUInt16LE(fields.gid, 6);
  // The field is an unsigned 32-bit number, so times range from 1970 to 2106.
  head.writeUInt32LE(Math.min(Math.max(inode.mtime, 0), 0xffffffff), 8);
  head.writeUInt32LE(fields.number, 12);
  return Buffer.concat([head, body]);
}

const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32LE(value, i * 4));
  return bytes;
};
const u16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => bytes.writeUInt16LE(value, i * 2));
  return bytes;
};
const u64 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => bytes.writeBigUInt64LE(BigInt(value), i * 8));
  return bytes;
};

export function encodeDirectoryInode(fields: InodeFields, { at, bytes, parent }: Listing): Buffer {
  const size = bytes + DOTS;
  if (fields.xattrs === NONE && size <= 0xffff) {
    return encode(
      fields,
      false,
      Buffer.concat([u32(at.block, fields.links), u16(size, at.offset), u32(parent)]),
    );
  }
  const body = [u32(fields.links, size, at.block, parent), u16(0, at.offset), u32(fields.xattrs)];
  return encode(fields, true, Buffer.concat(body));
}

export function encodeFileInode(fields: InodeFields, data: FileData | undefined): Buffer {
  const size = fileSize(fields.node.inode);
  const { start = 0, sizes = [], sparse = 0, fragment } = data ?? {};
  const index = fragment?.index ?? NONE;
  const offset = fragment?.offset ?? 0;
  const basic =
    fields.xattrs === NONE && fields.links === 1 && sparse === 0 && size <= 0xffffffff && start <= 0xffffffff;
  if (basic) return encode(fields, false, u32(start, index, offset, size, ...sizes));
  const body = [u64(start, size, sparse), u32(fields.links, index, offset, fields.xattrs, ...sizes)];
  return encode(fields, true, Buffer.concat(body));
}

/** The inode of a symlink, a device or a fifo. */
export function encodeOtherInode(fields: InodeFields): Buffer {
  const { path, inode } = fields.node;
  const extended = fields.xattrs !== NONE;
  const body = [u32(fields.links)];
  if (inode.type === 'symlink') {
    const target = nameToBytes(inode.target ?? '');
    body.push(u32(target.length), target);
  } else if (inode.device) body.push(u32(encodeDevice(inode.device, path)));
  if (extended) body.push(u32(fields.xattrs));
  return encode(fields, extended, Buffer.concat(body));
}

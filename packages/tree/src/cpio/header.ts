import { TreeError } from '../error.js';
import type { InodeType } from '../inode.js';
import { nameToBytes } from '../name.js';
import type { CpioMember } from './member.js';

export const MAGIC = '070701';
/** Magic and 13 fields of 8 hex digits. */
export const HEADER_SIZE = 110;
export const TRAILER = 'TRAILER!!!';

/** S_IFMT values (sys/stat.h). */
export const TYPE_BITS: Readonly<Record<InodeType, number>> = {
  file: 0o100000,
  dir: 0o040000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};

const MAX_U32 = 0xffffffff;
/** Linux's PATH_MAX; init/initramfs.c skips longer names and targets without a word. */
const PATH_MAX = 4096;
/** Linux's NAME_MAX, of one component. */
const NAME_MAX = 255;

/** The next multiple of 4; without bit operations, which would wrap at 2 GiB. */
export function padTo4(size: number): number {
  return size + ((4 - (size % 4)) % 4);
}

/** Header, name, padding and, of a symlink, its target: all of a member but a file's bytes and their padding. */
export function encodeMember({ path, inode, ino, nlink, content }: CpioMember): Buffer {
  const name = encodeName(path);
  const target = inode.type === 'symlink' ? encodeTarget(inode.target!, path) : undefined;
  const size = target?.length ?? content?.size ?? 0;
  if (size > MAX_U32) {
    throw new TreeError(
      'range',
      `${JSON.stringify(path)} has ${size} bytes, a cpio archive takes files below 4 GiB`,
      {
        hint: 'leave the file out of the initramfs, or use a format with a root file system of its own',
      },
    );
  }
  const nameEnd = padTo4(HEADER_SIZE + name.length + 1);
  const out = Buffer.alloc(nameEnd + padTo4(target?.length ?? 0));
  const [major, minor] = inode.device ?? [0, 0];
  writeHeader(out, [
    ino,
    TYPE_BITS[inode.type] | inode.mode,
    checkU32(inode.uid, 'uid', path),
    checkU32(inode.gid, 'gid', path),
    nlink,
    clampTime(inode.mtime),
    size,
    ...[0, 0],
    checkU32(major, 'major device number', path),
    checkU32(minor, 'minor device number', path),
    name.length + 1,
    0,
  ]);
  name.copy(out, HEADER_SIZE);
  target?.copy(out, nameEnd);
  return out;
}

/** The member that ends an archive; the kernel forgets its hard links there. */
export function encodeTrailer(): Buffer {
  const out = Buffer.alloc(padTo4(HEADER_SIZE + TRAILER.length + 1));
  writeHeader(out, [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, TRAILER.length + 1, 0]);
  out.write(TRAILER, HEADER_SIZE, 'latin1');
  return out;
}

const HEX = Buffer.from('0123456789abcdef', 'latin1');

function writeHeader(out: Buffer, fields: readonly number[]): void {
  out.write(MAGIC, 0, 'latin1');
  for (let k = 0; k < fields.length; k += 1) {
    let rest = fields[k]!;
    for (let at = 13 + 8 * k; at >= 6 + 8 * k; at -= 1) {
      out[at] = HEX[rest & 15]!;
      rest >>>= 4;
    }
  }
}

function encodeName(path: string): Buffer {
  // the root's own metadata; and a file that is called as the trailer is must not end the archive
  if (path === '') return Buffer.from('.', 'latin1');
  const name = nameToBytes(path === TRAILER ? `./${TRAILER}` : path);
  if (name.length >= PATH_MAX) {
    throw new TreeError(
      'too-long',
      `a path of ${name.length} bytes, the kernel unpacks at most ${PATH_MAX - 1}`,
    );
  }
  if (name.length > NAME_MAX && path.split('/').some((part) => nameToBytes(part).length > NAME_MAX)) {
    throw new TreeError('too-long', `${JSON.stringify(path)} has a component of more than ${NAME_MAX} bytes`);
  }
  return name;
}

function encodeTarget(target: string, path: string): Buffer {
  const bytes = nameToBytes(target);
  if (bytes.length >= PATH_MAX) {
    throw new TreeError('too-long', `symlink ${JSON.stringify(path)} has a target of ${bytes.length} bytes`);
  }
  return bytes;
}

function checkU32(value: number, what: string, path: string): number {
  if (value < 0 || value > MAX_U32) {
    throw new TreeError('range', `${JSON.stringify(path)} has ${what} ${value}, which cpio cannot hold`);
  }
  return value;
}

/** newc's times are unsigned: what lies before 1970 or after 2106 moves to the nearest that fits. */
function clampTime(mtime: number): number {
  return Math.min(Math.max(mtime, 0), MAX_U32);
}

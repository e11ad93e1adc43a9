import { TreeError } from '../error.js';
import { NAME_MAX, PATH_MAX } from '../linux-limits.js';
import { modeOf } from '../mode.js';
import { nameToBytes } from '../name.js';
import type { CpioMember } from './member.js';

export const MAGIC = '070701';
/** Magic and 13 fields of 8 hex digits. */
export const HEADER_SIZE = 110;
export const TRAILER = 'TRAILER!!!';

const MAX_U32 = 0xffffffff;

/** What identifies an inode with one name in its archive. Readers look at it only where a link count is above 1. */
const UNLINKED = { ino: 0, dev: [0, 0], nlink: 1 } as const;

/** The next multiple of 4. It uses no bit operations, because those would wrap at 2 GiB. */
export function padTo4(size: number): number {
  return size + ((4 - (size % 4)) % 4);
}

/** A member's header, name, padding and symlink target: all of it but a file's bytes and their padding. */
export function encodeMember({ path, inode, link, content }: CpioMember): Buffer {
  const name = encodeName(path);
  const target = inode.type === 'symlink' ? encodeTarget(inode.target!, path) : undefined;
  const size = target?.length ?? content?.size ?? 0;
  if (size > MAX_U32) {
    throw new TreeError(
      'range',
      `${JSON.stringify(path)} has ${size} bytes, expected less than 4 GiB in a cpio archive`,
      {
        hint: 'leave the file out of the initramfs, or use a format with a root file system of its own',
      },
    );
  }
  const nameEnd = padTo4(HEADER_SIZE + name.length + 1);
  const out = Buffer.alloc(nameEnd + padTo4(target?.length ?? 0));
  const [major, minor] = inode.device ?? [0, 0];
  const { ino, dev, nlink } = link ?? UNLINKED;
  writeHeader(out, [
    ino,
    modeOf(inode),
    checkU32(inode.uid, 'uid', path),
    checkU32(inode.gid, 'gid', path),
    nlink,
    clampTime(inode.mtime),
    size,
    ...dev,
    checkU32(major, 'major device number', path),
    checkU32(minor, 'minor device number', path),
    name.length + 1,
    0,
  ]);
  name.copy(out, HEADER_SIZE);
  target?.copy(out, nameEnd);
  return out;
}

/** The member that ends an archive. Linux clears its table of hard links there. */
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
  // The root is called `.`; a file with the trailer's name gets `./` in front, so that it does not end the archive.
  if (path === '') return Buffer.from('.', 'latin1');
  const name = nameToBytes(path === TRAILER ? `./${TRAILER}` : path);
  if (name.length >= PATH_MAX) {
    throw new TreeError(
      'too-long',
      `expected a path of at most ${PATH_MAX - 1} bytes, which is Linux's limit, got ${name.length}`,
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
    throw new TreeError(
      'too-long',
      `symlink ${JSON.stringify(path)} has a target of ${bytes.length} bytes, expected at most ${PATH_MAX - 1}`,
    );
  }
  return bytes;
}

function checkU32(value: number, what: string, path: string): number {
  if (value < 0 || value > MAX_U32) {
    throw new TreeError('range', `${JSON.stringify(path)} has ${what} ${value}, which cpio cannot hold`);
  }
  return value;
}

/** newc holds times from 1970 to 2106; a time outside becomes the nearest one inside. */
function clampTime(mtime: number): number {
  return Math.min(Math.max(mtime, 0), MAX_U32);
}

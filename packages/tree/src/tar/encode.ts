import { TreeError } from '../error.js';
import type { Inode, InodeType, Origin } from '../inode.js';
import { isAscii, nameToBytes } from '../name.js';
import { BLOCK, padToBlock } from './header.js';
import { octalField, writeBase256 } from './number.js';
import { encodePax, type PaxValues } from './pax-encode.js';

const FLAGS: Readonly<Record<InodeType | 'hardlink' | 'pax', string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  dir: '5',
  fifo: '6',
  pax: 'x',
};

/**
 * The headers of one member, which must not be changed: its ustar header, and a PAX header in front if something does not fit into ustar. With
 * `linkTo`, the member is a hard link to that path.
 */
export function encodeMember(
  path: string,
  inode: Inode,
  linkTo: string | undefined,
  origins: boolean,
): Buffer[] {
  const pax: PaxValues = new Map();
  const type = linkTo === undefined ? inode.type : 'hardlink';
  const size = linkTo === undefined ? (inode.content?.size ?? 0) : 0;
  const block = Buffer.alloc(BLOCK);
  writeName(block, path === '' ? './' : inode.type === 'dir' ? `${path}/` : path, pax);
  block.write(octalField(inode.mode, 8)!, 100, 'latin1');
  writeNumber(block, 108, 8, inode.uid, 'uid', pax);
  writeNumber(block, 116, 8, inode.gid, 'gid', pax);
  writeNumber(block, 124, 12, size, 'size', pax);
  writeNumber(block, 136, 12, inode.mtime, 'mtime', pax);
  const target = linkTo ?? inode.target;
  if (target !== undefined) writeLink(block, target, pax);
  if (inode.device) writeDevice(block, inode.device, path);
  if (linkTo === undefined) {
    for (const [name, value] of inode.xattrs ?? []) pax.set(`SCHILY.xattr.${name}`, value);
  }
  seal(block, FLAGS[type]);
  if (!origins || !inode.origin) return pax.size === 0 ? [block] : [...paxMember(pax), block];
  if (pax.size === 0) return [...originMember(inode.origin), block];
  return [...paxMember(withOrigin(pax, inode.origin)), block];
}

function withOrigin(pax: PaxValues, { source, location }: Origin): PaxValues {
  pax.set('LINUXKIT.source', nameToBytes(source));
  pax.set('LINUXKIT.location', nameToBytes(location));
  return pax;
}

/** Nearly every entry of an image needs this member, and for all of them it is the same. */
const originMembers = new WeakMap<Origin, readonly Buffer[]>();

function originMember(origin: Origin): readonly Buffer[] {
  const made = originMembers.get(origin) ?? paxMember(withOrigin(new Map(), origin));
  originMembers.set(origin, made);
  return made;
}

function paxMember(pax: PaxValues): Buffer[] {
  const body = encodePax(pax);
  const block = Buffer.alloc(BLOCK);
  block.write('././@PaxHeader', 0, 'latin1');
  block.write(octalField(0, 8)!, 100, 'latin1');
  writeNumber(block, 108, 8, 0, 'uid', pax);
  writeNumber(block, 116, 8, 0, 'gid', pax);
  writeNumber(block, 124, 12, body.length, 'size', pax);
  writeNumber(block, 136, 12, 0, 'mtime', pax);
  seal(block, FLAGS.pax);
  const padded = Buffer.alloc(padToBlock(body.length));
  body.copy(padded);
  return [block, padded];
}

/** Writes the last fields of a header: type, magic, version, and the checksum over all fields. */
function seal(block: Buffer, flag: string): void {
  block.write(flag, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (let at = 0; at < BLOCK; at += 1) sum += block[at]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** ustar holds ASCII names of 100 bytes, and 155 more before a slash (the prefix); all other names go to PAX. */
function writeName(block: Buffer, name: string, pax: PaxValues): void {
  const bytes = nameToBytes(name);
  const ascii = isAscii(name);
  if (ascii && bytes.length <= 100) {
    bytes.copy(block, 0);
    return;
  }
  // Takes the first slash with at most 100 bytes behind it, which makes the prefix as short as possible.
  const slash = ascii ? name.indexOf('/', bytes.length - 101) : -1;
  if (slash > 0 && slash <= 155 && slash < bytes.length - 1) {
    bytes.copy(block, 345, 0, slash);
    bytes.copy(block, 0, slash + 1);
    return;
  }
  pax.set('path', bytes);
  bytes.copy(block, 0, 0, 100);
}

function writeLink(block: Buffer, target: string, pax: PaxValues): void {
  const bytes = nameToBytes(target);
  if (bytes.length > 100 || !isAscii(target)) pax.set('linkpath', bytes);
  bytes.copy(block, 157, 0, 100);
}

/**
 * Writes a number in octal. A number that does not fit goes to PAX, and to the header in base-256, so that a reader of
 * either sees the same number.
 */
function writeNumber(
  block: Buffer,
  at: number,
  length: number,
  value: number,
  key: string,
  pax: PaxValues,
): void {
  const octal = octalField(value, length);
  if (octal !== undefined) {
    block.write(octal, at, 'latin1');
    return;
  }
  pax.set(key, Buffer.from(String(value), 'latin1'));
  writeBase256(block, at, length, value);
}

function writeDevice(block: Buffer, device: readonly [number, number], path: string): void {
  for (const [k, number] of device.entries()) {
    const octal = octalField(number, 8);
    if (octal === undefined) {
      throw new TreeError(
        'range',
        `${JSON.stringify(path)} has device number ${number}, which tar cannot hold`,
      );
    }
    block.write(octal, 329 + 8 * k, 'latin1');
  }
}

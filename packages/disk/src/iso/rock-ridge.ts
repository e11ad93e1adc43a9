import { modeOf, nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { put32, recordTime } from './fields.js';

/** A system use entry, which has signature, length, version 1 and data: SUSP 1.12, section 4. */
function entry(signature: string, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(signature, 'latin1'), Buffer.from([4 + data.length, 1]), data]);
}

/** Bytes of the longest entry: its length has one byte. */
const LONGEST = 255;
const CONTINUES = 1;

/** The first entry of a volume, in the root's `.`; it announces SUSP and skips no bytes. */
export const SP = entry('SP', Buffer.from([0xbe, 0xef, 0]));

/** The entry that announces Rock Ridge, with the text that readers expect. */
export const ER = ((): Buffer => {
  const id = 'RRIP_1991A';
  const description = 'THE ROCK RIDGE INTERCHANGE PROTOCOL PROVIDES SUPPORT FOR POSIX FILE SYSTEM SEMANTICS';
  const source =
    'PLEASE CONTACT DISC PUBLISHER FOR SPECIFICATION SOURCE.  SEE PUBLISHER IDENTIFIER IN PRIMARY VOLUME DESCRIPTOR FOR CONTACT INFORMATION.';
  const lengths = Buffer.from([id.length, description.length, source.length, 1]);
  return entry('ER', Buffer.concat([lengths, Buffer.from(id + description + source, 'latin1')]));
})();

/**
 * Encodes the entries of inodes. Few inodes differ in mode, owner and time, and an ISO has each of them twice: to be placed, and
 * to be written.
 */
export class RockRidge {
  private readonly attributes = new Map<string, Buffer>();
  private readonly times = new Map<number, Buffer>();

  /** The entries of an inode: mode, links, owner and times; then device, name and symlink target, if it has them. */
  entries(inode: Inode, links: number, name?: Buffer): Buffer[] {
    const entries = [this.attributesOf(inode, links), this.timesOf(inode)];
    if (inode.device) entries.push(device(inode.device));
    if (name) entries.push(...names(name));
    if (inode.type === 'symlink') entries.push(...symlink(nameToBytes(inode.target ?? '')));
    return entries;
  }

  private attributesOf(inode: Inode, links: number): Buffer {
    const mode = modeOf(inode);
    const key = `${mode} ${links} ${inode.uid} ${inode.gid}`;
    const made = this.attributes.get(key) ?? attributes([mode, links, inode.uid, inode.gid]);
    this.attributes.set(key, made);
    return made;
  }

  private timesOf({ mtime }: Inode): Buffer {
    const made = this.times.get(mtime) ?? times(mtime);
    this.times.set(mtime, made);
    return made;
  }
}

/** Mode, links, owner and group. */
function attributes(fields: readonly [number, number, number, number]): Buffer {
  const data = Buffer.alloc(32);
  fields.forEach((value, i) => put32(data, value, i * 8));
  return entry('PX', data);
}

/** Modification, access and attribute change have the same time. */
function times(mtime: number): Buffer {
  const time = recordTime(mtime);
  return entry('TF', Buffer.concat([Buffer.from([0x0e]), time, time, time]));
}

/**
 * A device number as major and minor, as Linux reads it (fs/isofs/rock.c) and genisoimage writes it. libisofs splits a
 * 64-bit dev_t instead, which Linux understands only up to minor 255.
 */
function device([major, minor]: readonly [number, number]): Buffer {
  const data = Buffer.alloc(16);
  put32(data, major, 0);
  put32(data, minor, 8);
  return entry('PN', data);
}

function names(name: Buffer): Buffer[] {
  const room = LONGEST - 5;
  const parts: Buffer[] = [];
  for (let at = 0; at < name.length; at += room) {
    const flags = at + room < name.length ? CONTINUES : 0;
    parts.push(entry('NM', Buffer.concat([Buffer.from([flags]), name.subarray(at, at + room)])));
  }
  return parts;
}

/** A symlink's target as component records (flags, length, bytes), in one or more entries: RRIP 1.09, section 4.1.3. */
function symlink(target: Buffer): Buffer[] {
  const parts: Buffer[][] = [[]];
  let used = 0;
  const add = (flags: number, bytes: Buffer): void => {
    if (used + 2 + bytes.length > LONGEST - 5) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)!.push(Buffer.from([flags, bytes.length]), bytes);
    used += 2 + bytes.length;
  };
  for (const component of components(target)) {
    if (component === 'root') add(0x08, Buffer.alloc(0));
    else if (component.equals(Buffer.from('.'))) add(0x02, Buffer.alloc(0));
    else if (component.equals(Buffer.from('..'))) add(0x04, Buffer.alloc(0));
    else {
      const room = LONGEST - 5 - 2;
      for (let at = 0; at < component.length || at === 0; at += room) {
        add(at + room < component.length ? CONTINUES : 0, component.subarray(at, at + room));
      }
    }
  }
  return parts.map((records, i) =>
    entry('SL', Buffer.concat([Buffer.from([i < parts.length - 1 ? CONTINUES : 0]), ...records])),
  );
}

/**
 * Cuts a target at its slashes. Readers put one slash between two components, so an empty component stands for each
 * further slash, and for one at the end, which makes Linux demand that the target is a directory.
 */
function components(target: Buffer): ('root' | Buffer)[] {
  const text = target.toString('latin1');
  const rest = text.replace(/^\//, '');
  const parts = rest === '' ? [] : rest.split('/').map((part) => Buffer.from(part, 'latin1'));
  return text.startsWith('/') ? ['root', ...parts] : parts;
}

/** Bytes of a `CE` entry. */
const CE = 28;

/** The place of a continuation area, which holds further entries of a record. The entry `CE` before it points to it. */
export interface Area {
  readonly sector: number;
  readonly offset: number;
}

/**
 * Packs entries into the `room` of a record, and the rest into areas of at most `areaRoom` bytes that `allocate` places.
 * Linux does not read an area that crosses a sector border (fs/isofs/rock.c, rock_continue).
 */
export function packEntries(
  entries: readonly Buffer[],
  room: number,
  areaRoom: number,
  allocate: (size: number) => Area,
): { inline: Buffer; areas: { at: Area; bytes: Buffer }[] } {
  const groups: Buffer[][] = [[]];
  let used = 0;
  let left = total(entries);
  for (const item of entries) {
    const limit = groups.length === 1 ? room : areaRoom;
    // If all remaining entries fit, they may use the space of a pointer.
    if (used + left > limit && used + item.length + CE > limit) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(item);
    used += item.length;
    left -= item.length;
  }
  const sizes = groups.map((group, i) => total(group) + (i < groups.length - 1 ? CE : 0));
  const places = sizes.slice(1).map(allocate);
  const bytes = groups.map((group, i) =>
    Buffer.concat(places[i] ? [...group, pointer(places[i], sizes[i + 1]!)] : group),
  );
  return { inline: bytes[0]!, areas: places.map((at, i) => ({ at, bytes: bytes[i + 1]! })) };
}

const total = (buffers: readonly Buffer[]): number => buffers.reduce((sum, { length }) => sum + length, 0);

function pointer({ sector, offset }: Area, size: number): Buffer {
  const data = Buffer.alloc(24);
  put32(data, sector, 0);
  put32(data, offset, 8);
  put32(data, size, 16);
  return entry('CE', data);
}

import { createHash } from 'node:crypto';
import { DiskError } from '../error.js';
import type { Extent } from '../image/image.js';
import { lazyContent } from '../image/lazy-content.js';
import { alignUp } from '../image/units.js';
import { fileSize, type Node } from '../node/node.js';
import { put16, put32, recordTime } from './fields.js';
import type { Named } from './names.js';
import { packEntries, type Area } from './rock-ridge.js';

/** Bytes of a logical sector: ECMA-119 6.1.2. */
export const ISO_SECTOR = 2048;
/** Bytes of the largest section. Sizes have 32 bits, so a larger file has several records: ECMA-119 9.1.4. */
const LARGEST_SECTION = 2 ** 32 - ISO_SECTOR;
const DIRECTORY = 0x02;
const MORE_SECTIONS = 0x80;
/** Most directories: path tables number them with 16 bits (ECMA-119 9.4.4). */
const MOST_DIRECTORIES = 0xffff;

/** The differences between the primary tree and the Joliet tree. */
export interface Flavour {
  readonly id: string;
  /** The identifiers of a directory's children, sorted. */
  names(children: readonly Node[]): Named[];
  /** The system use entries of a child, of `.` (self) or of `..` (parent). */
  systemUse(node: Node, role: 'child' | 'self' | 'parent'): Buffer[];
}

interface Directory {
  readonly node: Node;
  /** Number in path table order, from 1. */
  readonly number: number;
  /** Number of the parent; the root is its own parent. */
  readonly parent: number;
  readonly id: Buffer;
  readonly children: readonly Named[];
  /** Bytes of the records, in whole sectors. */
  recordBytes: number;
  /** Bytes of the continuation areas behind the records, in whole sectors. */
  areaBytes: number;
  sector: number;
}

/** The directories of one flavour. The constructor measures them; their bytes are encoded when they are read. */
export class Hierarchy {
  readonly #directories: Directory[] = [];
  readonly #byNode = new Map<Node, Directory>();
  /** Number of sectors of all directories. */
  readonly sectors: number;
  readonly pathTableBytes: number;

  constructor(
    root: Node,
    private readonly flavour: Flavour,
    private readonly sectorOf: (node: Node) => number,
  ) {
    this.#number(root);
    for (const directory of this.#directories) {
      const { records, areas } = this.#encode(directory);
      directory.recordBytes = records.length;
      directory.areaBytes = areas.length;
    }
    this.sectors = this.#directories.reduce((sum, d) => sum + (d.recordBytes + d.areaBytes) / ISO_SECTOR, 0);
    this.pathTableBytes = this.#directories.reduce((sum, { id }) => sum + pathRecordBytes(id), 0);
  }

  /** Gives all directories their sectors, from `firstSector` on; returns the sector behind the last one. */
  assignSectors(firstSector: number): number {
    let sector = firstSector;
    for (const directory of this.#directories) {
      directory.sector = sector;
      sector += (directory.recordBytes + directory.areaBytes) / ISO_SECTOR;
    }
    return sector;
  }

  /** The extents of all directories. `files` is an id of everything that the sectors of files depend on. */
  *extents(files: string): Iterable<Extent> {
    for (const directory of this.#directories) {
      const id = createHash('sha256').update(`${this.flavour.id} ${directory.number} ${files}`).digest('hex');
      const content = lazyContent(id, directory.recordBytes + directory.areaBytes, () => {
        const { records, areas } = this.#encode(directory);
        return Buffer.concat([records, areas]);
      });
      yield { offset: directory.sector * ISO_SECTOR, content };
    }
  }

  /** The root's directory record, for the volume descriptor. */
  rootRecord(): Buffer {
    return this.#directoryRecord(this.#directories[0]!, Buffer.from([0]), Buffer.alloc(0));
  }

  /** The path table in one byte order: ECMA-119 9.4. */
  pathTable(order: 'LE' | 'BE'): Buffer {
    return Buffer.concat(
      this.#directories.map(({ id, sector, parent }) => {
        const record = Buffer.alloc(pathRecordBytes(id));
        record.writeUInt8(id.length, 0);
        if (order === 'LE') record.writeUInt32LE(sector, 2);
        else record.writeUInt32BE(sector, 2);
        if (order === 'LE') record.writeUInt16LE(parent, 6);
        else record.writeUInt16BE(parent, 6);
        id.copy(record, 8);
        return record;
      }),
    );
  }

  /** Numbers the directories breadth first, because path tables are sorted by level, parent, identifier: ECMA-119 6.9.1. */
  #number(root: Node): void {
    const add = (node: Node, parent: number, id: Buffer): void => {
      const number = this.#directories.length + 1;
      if (number > MOST_DIRECTORIES) {
        throw new DiskError(
          'image-too-large',
          `ISO 9660 holds ${MOST_DIRECTORIES} directories, the tree has more`,
        );
      }
      const children = this.flavour.names(node.children);
      const directory = { node, number, parent, id, children, recordBytes: 0, areaBytes: 0, sector: 0 };
      this.#directories.push(directory);
      this.#byNode.set(node, directory);
    };
    add(root, 1, Buffer.from([0]));
    for (const { number, children } of this.#directories) {
      for (const { node, id } of children) if (node.inode.type === 'dir') add(node, number, id);
    }
  }

  /** Encodes a directory: its records, which never cross a sector border, and the areas that continue them. */
  #encode(directory: Directory): { records: Buffer; areas: Buffer } {
    const parent = this.#byNode.get(directory.node.parent ?? directory.node)!;
    const firstArea = directory.sector + directory.recordBytes / ISO_SECTOR;
    const areas = new Areas(firstArea);
    const records: Buffer[] = [];
    let used = 0;
    const add = (record: Buffer): void => {
      const left = ISO_SECTOR - (used % ISO_SECTOR);
      if (record.length > left) {
        records.push(Buffer.alloc(left));
        used += left;
      }
      records.push(record);
      used += record.length;
    };
    const own = this.flavour.systemUse(directory.node, 'self');
    add(this.#directoryRecord(directory, Buffer.from([0]), areas.pack(own, 1)));
    const up = this.flavour.systemUse(parent.node, 'parent');
    add(this.#directoryRecord(parent, Buffer.from([1]), areas.pack(up, 1)));
    for (const { node, id } of directory.children) {
      const child = this.#byNode.get(node);
      const use = (): Buffer => areas.pack(this.flavour.systemUse(node, 'child'), id.length);
      if (child) add(this.#directoryRecord(child, id, use()));
      else for (const record of this.#fileRecords(node, id, use)) add(record);
    }
    records.push(Buffer.alloc(alignUp(used, ISO_SECTOR) - used));
    return { records: Buffer.concat(records), areas: areas.bytes() };
  }

  #directoryRecord({ node, sector, recordBytes }: Directory, id: Buffer, systemUse: Buffer): Buffer {
    return encodeRecord({
      id,
      sector,
      size: recordBytes,
      flags: DIRECTORY,
      mtime: node.inode.mtime,
      systemUse,
    });
  }

  *#fileRecords(node: Node, id: Buffer, systemUse: () => Buffer): Iterable<Buffer> {
    const { mtime } = node.inode;
    const size = node.inode.type === 'file' ? fileSize(node.inode) : 0;
    const first = size === 0 ? 0 : this.sectorOf(node);
    for (let at = 0; at === 0 || at < size; at += LARGEST_SECTION) {
      const length = Math.min(LARGEST_SECTION, size - at);
      const flags = at + length < size ? MORE_SECTIONS : 0;
      const sector = first + at / ISO_SECTOR;
      yield encodeRecord({ id, sector, size: length, flags, mtime, systemUse: systemUse() });
    }
  }
}

/** Collects continuation areas, which never cross a sector border. */
class Areas {
  readonly #placed: { at: number; bytes: Buffer }[] = [];
  #used = 0;

  constructor(private readonly firstSector: number) {}

  /** The system use field of a record whose identifier has `idLength` bytes; entries that do not fit go to an area. */
  pack(entries: readonly Buffer[], idLength: number): Buffer {
    const room = 254 - recordHead(idLength);
    const { inline, areas } = packEntries(entries, room, ISO_SECTOR, (size) => this.#allocate(size));
    for (const { at, bytes } of areas) {
      this.#placed.push({ at: (at.sector - this.firstSector) * ISO_SECTOR + at.offset, bytes });
    }
    return inline;
  }

  bytes(): Buffer {
    const all = Buffer.alloc(alignUp(this.#used, ISO_SECTOR));
    for (const { at, bytes } of this.#placed) bytes.copy(all, at);
    return all;
  }

  #allocate(size: number): Area {
    if (size > ISO_SECTOR - (this.#used % ISO_SECTOR)) this.#used = alignUp(this.#used, ISO_SECTOR);
    const at = {
      sector: this.firstSector + Math.floor(this.#used / ISO_SECTOR),
      offset: this.#used % ISO_SECTOR,
    };
    this.#used += size;
    return at;
  }
}

const pathRecordBytes = (id: Buffer): number => 8 + id.length + (id.length % 2);

/** Bytes of a record before its system use field, which begins at an even offset. */
const recordHead = (idLength: number): number => alignUp(33 + idLength, 2);

/** A directory record: ECMA-119 9.1. */
function encodeRecord(r: {
  id: Buffer;
  sector: number;
  size: number;
  flags: number;
  mtime: number;
  systemUse: Buffer;
}): Buffer {
  const head = recordHead(r.id.length);
  const record = Buffer.alloc(alignUp(head + r.systemUse.length, 2));
  record.writeUInt8(record.length, 0);
  put32(record, r.sector, 2);
  put32(record, r.size, 10);
  recordTime(r.mtime).copy(record, 18);
  record.writeUInt8(r.flags, 25);
  put16(record, 1, 28);
  record.writeUInt8(r.id.length, 32);
  r.id.copy(record, 33);
  r.systemUse.copy(record, head);
  return record;
}

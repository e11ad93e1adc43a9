import { NO_TIME, put16, put32, volumeTime } from './fields.js';
import { ISO_SECTOR, type Hierarchy } from './hierarchy.js';

/** What the volume descriptors say about a volume. */
export interface Volume {
  /** Volume identifier, at most 32 characters. */
  readonly id: string;
  /** Size in sectors of 2048 bytes. */
  readonly sectors: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Sectors of the two path tables. */
  readonly pathTables: { readonly le: number; readonly be: number };
}

function descriptor(type: number): Buffer {
  const sector = Buffer.alloc(ISO_SECTOR);
  sector.writeUInt8(type, 0);
  sector.write('CD001', 1, 'latin1');
  sector.writeUInt8(1, 6);
  return sector;
}

/** The primary volume descriptor: ECMA-119 8.4. */
export function primaryDescriptor(volume: Volume, hierarchy: Hierarchy): Buffer {
  return volumeDescriptor(1, volume, hierarchy, (text, length) => Buffer.from(text.padEnd(length), 'latin1'));
}

/** The supplementary volume descriptor, with Joliet's escape sequence for UCS-2 level 3: ECMA-119 8.5. */
export function jolietDescriptor(volume: Volume, hierarchy: Hierarchy): Buffer {
  const sector = volumeDescriptor(2, volume, hierarchy, (text, length) => {
    const field = Buffer.alloc(length);
    Buffer.from(text.slice(0, length >> 1).padEnd(length >> 1), 'utf16le')
      .swap16()
      .copy(field);
    return field;
  });
  sector.write('%/E', 88, 'latin1');
  return sector;
}

function volumeDescriptor(
  type: number,
  { id, sectors, mtime, pathTables }: Volume,
  hierarchy: Hierarchy,
  text: (value: string, length: number) => Buffer,
): Buffer {
  const sector = descriptor(type);
  text('LINUX', 32).copy(sector, 8);
  text(id, 32).copy(sector, 40);
  put32(sector, sectors, 80);
  put16(sector, 1, 120);
  put16(sector, 1, 124);
  put16(sector, ISO_SECTOR, 128);
  put32(sector, hierarchy.pathTableBytes, 132);
  sector.writeUInt32LE(pathTables.le, 140);
  sector.writeUInt32BE(pathTables.be, 148);
  hierarchy.rootRecord().copy(sector, 156);
  // Volume set, publisher, preparer, application and three file identifiers are not set.
  for (const at of [190, 318, 446, 574]) text('', 128).copy(sector, at);
  for (const at of [702, 739, 776]) text('', 37).copy(sector, at);
  for (const at of [813, 830]) volumeTime(mtime).copy(sector, at);
  for (const at of [847, 864]) NO_TIME.copy(sector, at);
  sector.writeUInt8(1, 881);
  return sector;
}

/** The boot record, which points to the boot catalog: El Torito 1.0, section 2.0. */
export function bootRecord(catalogSector: number): Buffer {
  const sector = descriptor(0);
  sector.write('EL TORITO SPECIFICATION', 7, 'latin1');
  sector.writeUInt32LE(catalogSector, 71);
  return sector;
}

/** The volume descriptor set terminator: ECMA-119 8.3. */
export const terminator = (): Buffer => descriptor(255);

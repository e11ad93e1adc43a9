import type { FatName } from './names.js';

export const RECORD = 32;
/** ATTR_READ_ONLY | ATTR_HIDDEN | ATTR_SYSTEM: boot loaders mark files with it that must not be moved. */
const SYSTEM_FILE = 0x07;
export const VOLUME_LABEL = 0x08;
export const DIRECTORY = 0x10;
const PLAIN = 0x20;
const LONG = 0x0f;
/** UTF-16 units in one long-name record. */
const UNITS = 13;
const LAST = 0x40;

export interface DirectoryRecord {
  readonly name: FatName;
  readonly attributes: number;
  readonly mtime: number;
  readonly cluster: number;
  readonly size: number;
}

export const fileAttributes = (system: boolean): number => (system ? PLAIN | SYSTEM_FILE : PLAIN);

/** The number of records that a name takes. */
export const recordsFor = (name: FatName): number =>
  1 + (name.long ? Math.ceil(name.name.length / UNITS) : 0);

export function encodeDirectory(records: readonly DirectoryRecord[]): Buffer {
  return Buffer.concat(records.flatMap((record) => [...longRecords(record.name), shortRecord(record)]));
}

function shortRecord({ name, attributes, mtime, cluster, size }: DirectoryRecord): Buffer {
  const record = Buffer.alloc(RECORD);
  const [date, time] = dosTime(mtime);
  record.write(name.short, 0, 'latin1');
  record.writeUInt8(attributes, 11);
  record.writeUInt16LE(time, 14);
  record.writeUInt16LE(date, 16);
  record.writeUInt16LE(date, 18);
  record.writeUInt16LE(cluster >>> 16, 20);
  record.writeUInt16LE(time, 22);
  record.writeUInt16LE(date, 24);
  record.writeUInt16LE(cluster & 0xffff, 26);
  record.writeUInt32LE(size, 28);
  return record;
}

/** The parts of a long name, last part first. A checksum ties each one to its short record. */
function longRecords(name: FatName): Buffer[] {
  if (!name.long) return [];
  const count = Math.ceil(name.name.length / UNITS);
  const text = Buffer.alloc(count * UNITS * 2, 0xff);
  text.write(name.name, 0, 'utf16le');
  if (name.name.length % UNITS !== 0) text.writeUInt16LE(0, name.name.length * 2);
  const checksum = shortChecksum(name.short);
  return Array.from({ length: count }, (_, i) => {
    const number = count - i;
    const part = text.subarray((number - 1) * UNITS * 2, number * UNITS * 2);
    const record = Buffer.alloc(RECORD);
    record.writeUInt8(i === 0 ? number | LAST : number, 0);
    part.copy(record, 1, 0, 10);
    record.writeUInt8(LONG, 11);
    record.writeUInt8(checksum, 13);
    part.copy(record, 14, 10, 22);
    part.copy(record, 28, 22, 26);
    return record;
  });
}

/** The checksum of a short name: fatgen103, "ChkSum". */
function shortChecksum(short: string): number {
  let sum = 0;
  for (const byte of Buffer.from(short, 'latin1')) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  return sum;
}

/** A time in steps of two seconds from 1980 to 2107, in UTC, because a volume has no time zone; others are clamped. */
function dosTime(mtime: number): [date: number, time: number] {
  const clamped = Math.min(Math.max(mtime, Date.UTC(1980, 0, 1) / 1000), Date.UTC(2108, 0, 1) / 1000 - 2);
  const at = new Date(clamped * 1000);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return [date, time];
}

import { TreeError } from '../error.js';
import { nameFromBytes } from '../name.js';

/** What the records of a PAX extended header say about the next member. */
export interface PaxRecords {
  path?: string;
  linkpath?: string;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  /** Full attribute names to values in base64. */
  xattrs?: Record<string, string>;
}

const XATTR = 'SCHILY.xattr.';
const SPACE = 0x20;
const NEWLINE = 0x0a;
const EQUALS = 0x3d;

/**
 * Reads `length key=value\n` records (POSIX.1-2024, pax, "pax Extended Header"). Only the length ends a record, so a
 * value may hold any byte. A damaged record is an error, because readers that skip it disagree about the archive.
 */
export function readPax(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(SPACE, at);
    const length = space < 0 ? '' : ascii(bytes.subarray(at, space));
    const end = at + Number(length);
    if (
      !/^[1-9][0-9]{0,8}$/.test(length) ||
      end > bytes.length ||
      bytes[end - 1] !== NEWLINE ||
      end <= space + 1
    ) {
      throw malformed('a record whose length is wrong');
    }
    const equals = bytes.indexOf(EQUALS, space + 1);
    if (equals <= space + 1 || equals >= end) throw malformed('a record without a key or "="');
    assign(records, nameFromBytes(bytes.subarray(space + 1, equals)), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function assign(records: PaxRecords, key: string, value: Uint8Array): void {
  if (key === 'path' || key === 'linkpath') records[key] = readName(key, value);
  else if (key === 'size' || key === 'uid' || key === 'gid') records[key] = readInteger(key, value);
  else if (key === 'mtime') records.mtime = readTime(value);
  else if (key.startsWith('GNU.sparse.')) {
    throw new TreeError('unsupported', `the archive has a sparse file (PAX record ${key})`, {
      hint: 'make the archive without --sparse',
    });
  } else if (key.startsWith(XATTR) && key.length > XATTR.length) {
    // The object has no prototype, because an attribute may be called __proto__.
    records.xattrs ??= Object.create(null) as Record<string, string>;
    records.xattrs[key.slice(XATTR.length)] = Buffer.from(value).toString('base64');
  }
}

/** An empty value takes back an earlier one (POSIX), so it becomes undefined. */
function readName(key: string, value: Uint8Array): string | undefined {
  if (value.length === 0) return undefined;
  if (value.includes(0)) throw new TreeError('unsafe-path', `PAX record ${key} has a NUL byte`);
  return nameFromBytes(value);
}

function readInteger(key: string, value: Uint8Array): number | undefined {
  if (value.length === 0) return undefined;
  const text = ascii(value);
  const number = Number(text);
  if (!/^-?[0-9]+$/.test(text)) throw malformed(`${key} "${text}", which is not an integer`);
  if (!Number.isSafeInteger(number))
    throw new TreeError('range', `PAX record ${key} is ${text}, beyond 2^53`);
  return number;
}

function readTime(value: Uint8Array): number | undefined {
  if (value.length === 0) return undefined;
  const text = ascii(value);
  if (!/^-?[0-9]+(\.[0-9]*)?$/.test(text)) throw malformed(`mtime "${text}", which is not a decimal number`);
  const seconds = Math.floor(Number(text));
  if (!Number.isSafeInteger(seconds))
    throw new TreeError('range', `PAX record mtime is ${text}, beyond 2^53`);
  return seconds;
}

function ascii(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 64)).toString('latin1');
}

function malformed(what: string): TreeError {
  return new TreeError('malformed', `a PAX header has ${what}`);
}

import type { FileHandle } from 'node:fs/promises';
import { OciError } from '../error.js';

/** The bytes of a file within an archive. */
export interface TarFile {
  readonly offset: number;
  readonly size: number;
}

const BLOCK = 512;
/** An archive of images has a few files for each layer, so that no real one comes near. */
const ENTRY_LIMIT = 100_000;
/** Bytes. Names in such an archive are digests, so that a larger PAX header is an attack. */
const META_LIMIT = 1 << 20;
/** Links that are followed from one name. */
const LINK_HOPS = 5;

// Types of entries: https://www.gnu.org/software/tar/manual/html_node/Standard.html. 0, NUL and 7 are files.
const FILES: readonly string[] = ['0', '\0', '7'];
const HARD_LINK = '1';
const SYMLINK = '2';
const PAX = 'x';
const GLOBAL_PAX = 'g';
const GNU_LONG_NAME = 'L';
const GNU_LONG_LINK = 'K';
/** Extended headers whose values replace those of the next header. */
const OVERRIDING: readonly string[] = [PAX, GNU_LONG_NAME, GNU_LONG_LINK];

/**
 * Finds the files of a tar archive by their normalised names. The archive stays on disk and nothing is extracted, so
 * that its names can do no harm. Links are followed within the archive: old versions of Docker write a layer that
 * occurs twice as a link.
 */
export class TarIndex {
  private readonly files = new Map<string, TarFile>();
  private readonly links = new Map<string, string>();

  private constructor() {}

  /** Reads all headers of an archive; `what` names it in messages. Throws `invalid-archive` or `truncated`. */
  static async read(handle: FileHandle, what: string): Promise<TarIndex> {
    const { size: end } = await handle.stat();
    const index = new TarIndex();
    let overrides: Overrides = {};
    let entries = 0;
    for (let offset = 0; offset + BLOCK <= end;) {
      const header = await readAt(handle, offset, BLOCK, what);
      if (header.every((byte) => byte === 0)) return index;
      checkHeader(header, what);
      if (++entries > ENTRY_LIMIT) throw damaged(what, `it has more than ${ENTRY_LIMIT} entries`);
      const body = { offset: offset + BLOCK, size: bodySize(header, overrides, what) };
      checkEnd(body, end, what);
      offset = body.offset + Math.ceil(body.size / BLOCK) * BLOCK;
      const type = typeOf(header);
      if (OVERRIDING.includes(type))
        overrides = { ...overrides, ...(await readOverrides(handle, type, body, what)) };
      else if (type !== GLOBAL_PAX) {
        index.add(header, body, overrides);
        overrides = {};
      }
    }
    throw truncated(what, 'lacks the empty block at its end');
  }

  /** Finds a file, also behind links; undefined if there is none. */
  get(name: string): TarFile | undefined {
    let current = normalise(name);
    for (let hop = 0; hop <= LINK_HOPS; hop++) {
      const file = this.files.get(current);
      const target = this.links.get(current);
      if (file || target === undefined) return file;
      current = target;
    }
    return undefined;
  }

  /** Adds a file or link; entries of other types are ignored. */
  private add(header: Buffer, body: TarFile, { name: longName, target: longTarget }: Overrides): void {
    const name = normalise(longName ?? ustarName(header));
    const target = longTarget ?? text(header, 157, 100);
    const type = typeOf(header);
    if (FILES.includes(type)) this.files.set(name, body);
    if (type === HARD_LINK) this.links.set(name, normalise(target));
    if (type === SYMLINK) this.links.set(name, normalise(`${name}/../${target}`));
  }
}

/** Values of extended headers, which replace those of the header that follows them. */
interface Overrides {
  readonly name?: string;
  readonly target?: string;
  readonly size?: number;
}

async function readOverrides(
  handle: FileHandle,
  type: string,
  { offset, size }: TarFile,
  what: string,
): Promise<Overrides> {
  if (size > META_LIMIT) throw damaged(what, `a header has ${size} bytes`);
  const bytes = await readAt(handle, offset, size, what);
  if (type === PAX) return paxRecords(bytes, what);
  const value = bytes.toString('utf8').replace(/\0+$/, '');
  return type === GNU_LONG_NAME ? { name: value } : { target: value };
}

/** Reads records of the form `<length> <key>=<value>\n`, whose length in bytes includes its own digits. */
function paxRecords(bytes: Buffer, what: string): Overrides {
  const found: { name?: string; target?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space === -1 ? NaN : Number(bytes.toString('latin1', at, space));
    if (!Number.isSafeInteger(length) || length <= space - at + 1 || at + length > bytes.length) {
      throw damaged(what, 'a PAX header is malformed');
    }
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const [key, value] = [record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1)];
    if (key === 'path') found.name = value;
    if (key === 'linkpath') found.target = value;
    if (key === 'size') found.size = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    at += length;
  }
  return found;
}

function ustarName(header: Buffer): string {
  const prefix = text(header, 257, 6).startsWith('ustar') ? text(header, 345, 155) : '';
  return prefix ? `${prefix}/${text(header, 0, 100)}` : text(header, 0, 100);
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

/** Reads a number of 12 bytes, which is octal, or base 256 if its first bit is set. */
function number(header: Buffer, start: number, what: string): number {
  if (header[start] === 0x80) return Number(header.readBigUInt64BE(start + 4));
  const digits = text(header, start, 12).trim();
  if (!/^[0-7]*$/.test(digits)) throw damaged(what, 'a header is malformed');
  return Number.parseInt(digits || '0', 8);
}

function typeOf(header: Buffer): string {
  return String.fromCharCode(header[156]);
}

/** Returns the size of an entry's body. An override is for the next file or link, not for an extended header. */
function bodySize(header: Buffer, overrides: Overrides, what: string): number {
  const isExtended = [...OVERRIDING, GLOBAL_PAX].includes(typeOf(header));
  return (isExtended ? undefined : overrides.size) ?? number(header, 124, what);
}

function checkEnd({ offset, size }: TarFile, end: number, what: string): void {
  if (!Number.isSafeInteger(size) || offset + size > end)
    throw truncated(what, 'ends in the middle of a file');
}

function checkHeader(header: Buffer, what: string): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  if (Number.parseInt(text(header, 148, 8).trim(), 8) !== sum)
    throw damaged(what, 'a header has a wrong checksum');
}

function normalise(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

async function readAt(handle: FileHandle, offset: number, length: number, what: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, offset);
  if (bytesRead === length) return bytes;
  throw truncated(what, 'ends in the middle of a file');
}

function damaged(what: string, why: string): OciError {
  return new OciError('invalid-archive', `${what} is not a tar that can be read: ${why}`, {
    hint: 'Make the archive again.',
  });
}

function truncated(what: string, why: string): OciError {
  return new OciError('truncated', `${what} ${why}`, { hint: 'Make the archive again.' });
}

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

/**
 * Finds the files of a tar archive by their normalised names. The archive stays on disk and nothing is extracted, so
 * that its names can do no harm. Links are followed within the archive: old versions of Docker write a layer that
 * occurs twice as a link.
 */
export class TarIndex {
  private constructor(
    private readonly files: ReadonlyMap<string, TarFile>,
    private readonly links: ReadonlyMap<string, string>,
  ) {}

  /** Reads all headers of an archive; `what` names it in messages. */
  static async read(handle: FileHandle, what: string): Promise<TarIndex> {
    const { size: end } = await handle.stat();
    const [files, links] = [new Map<string, TarFile>(), new Map<string, string>()];
    let pending: Overrides = {};
    let entries = 0;
    for (let offset = 0; offset + BLOCK <= end;) {
      const header = await readAt(handle, offset, BLOCK, what);
      if (header.every((byte) => byte === 0)) return new TarIndex(files, links);
      checkHeader(header, what);
      if (++entries > ENTRY_LIMIT) throw damaged(what, `it has more than ${ENTRY_LIMIT} entries`);
      const type = String.fromCharCode(header[156]);
      const size =
        type === 'L' || type === 'K' || type === 'x' || type === 'g'
          ? number(header, 124, what)
          : (pending.size ?? number(header, 124, what));
      const start = offset + BLOCK;
      if (!Number.isSafeInteger(size) || start + size > end) {
        throw new OciError('truncated', `${what} ends in the middle of a file`, {
          hint: 'Make the archive again.',
        });
      }
      offset = start + Math.ceil(size / BLOCK) * BLOCK;
      if ('LKx'.includes(type)) {
        if (size > META_LIMIT) throw damaged(what, `a header has ${size} bytes`);
        pending = { ...pending, ...overrides(type, await readAt(handle, start, size, what), what) };
        continue;
      }
      if (type === 'g') continue;
      const name = normalise(pending.name ?? ustarName(header));
      if (type === '0' || type === '\0' || type === '7') files.set(name, { offset: start, size });
      if (type === '1') links.set(name, normalise(pending.target ?? text(header, 157, 100)));
      if (type === '2') links.set(name, normalise(`${name}/../${pending.target ?? text(header, 157, 100)}`));
      pending = {};
    }
    throw new OciError('truncated', `${what} has no end`, { hint: 'Make the archive again.' });
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
}

/** Values of extended headers, which replace those of the header that follows them. */
interface Overrides {
  readonly name?: string;
  readonly target?: string;
  readonly size?: number;
}

function overrides(type: string, bytes: Buffer, what: string): Overrides {
  const value = bytes.toString('utf8').replace(/\0+$/, '');
  if (type === 'L') return { name: value };
  if (type === 'K') return { target: value };
  return paxRecords(bytes, what);
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
  throw new OciError('truncated', `${what} ends in the middle of a file`);
}

function damaged(what: string, why: string): OciError {
  return new OciError('invalid-archive', `${what} is not a tar that can be read: ${why}`, {
    hint: 'Make the archive again.',
  });
}

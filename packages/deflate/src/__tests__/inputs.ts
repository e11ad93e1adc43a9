import { constants, crc32, deflateRawSync, type ZlibOptions } from 'node:zlib';
import { sampleText, type Random } from './bytes.js';

// Local names, for the reason given in bytes.ts.
const { max, min } = Math;

/** Text, noise, zeros and copies of earlier bytes, as in a tar of various files. */
export function randomPlain(next: Random, size: number): Buffer {
  const plain = Buffer.alloc(size);
  for (let at = 0; at < size;) {
    const length = min(size - at, 1 + next(next(4) === 0 ? 40_000 : 2_000));
    const kind = next(6);
    if (kind === 0) for (let i = 0; i < length; i++) plain[at + i] = next(256);
    else if (kind === 1) plain.fill(next(3), at, at + length);
    else if (kind === 2 && at > 0) {
      const from = max(0, at - 1 - next(next(2) === 0 ? 400 : 33_000));
      for (let i = 0; i < length; i++) plain[at + i] = plain[from + i];
    } else sampleText(length, next(7)).copy(plain, at);
    at += length;
  }
  return plain;
}

/** One or more gzip members with random header fields, levels, strategies, windows, memory levels and flushes. */
export function randomGzip(next: Random, plain: Buffer): Buffer {
  const members: Buffer[] = [];
  for (let at = 0; at < plain.length || members.length === 0;) {
    const end = next(4) > 0 ? plain.length : min(plain.length, at + next(plain.length + 1));
    members.push(randomMember(next, plain.subarray(at, end)));
    at = end;
    if (next(3) === 0) members.push(randomMember(next, Buffer.alloc(0)));
  }
  return Buffer.concat(members);
}

function randomMember(next: Random, plain: Buffer): Buffer {
  const blocks: Buffer[] = [];
  const flushes = [
    constants.Z_SYNC_FLUSH,
    constants.Z_FULL_FLUSH,
    constants.Z_PARTIAL_FLUSH,
    constants.Z_BLOCK,
  ];
  const options: ZlibOptions = {
    level: next(10),
    strategy: next(3) > 0 ? constants.Z_DEFAULT_STRATEGY : next(5),
    windowBits: next(3) > 0 ? 15 : 9 + next(7),
    // A low memory level makes short blocks.
    memLevel: next(2) > 0 ? 8 : 1 + next(9),
  };
  const window = 1 << options.windowBits!;
  const pieces = next(3) > 0 ? 1 : 1 + next(6);
  for (let piece = 0, at = 0; piece < pieces; piece++) {
    const last = piece === pieces - 1;
    const end = last ? plain.length : at + next(plain.length - at + 1);
    // Only the first two flushes end at a byte border, so that the pieces can be joined.
    const flush = last ? constants.Z_FINISH : flushes[next(2)];
    const dictionary = at > 0 ? plain.subarray(max(0, at - window), at) : undefined;
    blocks.push(deflateRawSync(plain.subarray(at, end), { ...options, dictionary, finishFlush: flush }));
    at = end;
  }
  return gzipMember(Buffer.concat(blocks), plain, next(32));
}

/** A gzip member around a raw deflate stream; `fields` is its FLG byte (RFC 1952, section 2.3.1). */
export function gzipMember(deflated: Uint8Array, plain: Uint8Array, fields = 0): Buffer {
  const parts = [Buffer.from([0x1f, 0x8b, 8, fields, 1, 2, 3, 4, 2, 3])];
  if (fields & 4) parts.push(Buffer.from([5, 0]), Buffer.from('extra'));
  if (fields & 8) parts.push(Buffer.from('name\0'));
  if (fields & 16) parts.push(Buffer.from('a comment\0'));
  if (fields & 2) {
    const sum = Buffer.alloc(2);
    sum.writeUInt16LE(crc32(Buffer.concat(parts)) & 0xffff);
    parts.push(sum);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(plain));
  trailer.writeUInt32LE(plain.length % 2 ** 32, 4);
  return Buffer.concat([...parts, deflated, trailer]);
}

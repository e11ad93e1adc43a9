import { constants, crc32, deflateRawSync, gunzipSync, type ZlibOptions } from 'node:zlib';
import { rewrite, transcode, type Op } from '../index.js';
import { chunked, collect, random, sampleText } from './bytes.js';

// See bytes.ts.
const { max, min } = Math;

type Random = (below: number) => number;

/** Text, noise, zeros, and copies of what came before, as in a tar of all sorts of files. */
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

/** Gzip members with any optional fields, of any level, strategy, window and memory, with flushes in between. */
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
    memLevel: next(3) > 0 ? 8 : 1 + next(9),
  };
  const window = 1 << options.windowBits!;
  const pieces = next(3) > 0 ? 1 : 1 + next(6);
  for (let piece = 0, at = 0; piece < pieces; piece++) {
    const last = piece === pieces - 1;
    const end = last ? plain.length : at + next(plain.length - at + 1);
    // Only these two end at a byte, so that blocks can be put together.
    const flush = last ? constants.Z_FINISH : flushes[next(2)];
    const dictionary = at > 0 ? plain.subarray(max(0, at - window), at) : undefined;
    blocks.push(deflateRawSync(plain.subarray(at, end), { ...options, dictionary, finishFlush: flush }));
    at = end;
  }
  return gzipMember(Buffer.concat(blocks), plain, next(32));
}

/** A member around raw deflate; bits of `fields` as in FLG, but bit 0 makes FTEXT. */
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

/** From one that changes nothing to one that cuts everything into bytes; most have the steps of an archive. */
export function randomOps(next: Random, size: number): Op[] {
  const ops: Op[] = [];
  const step = [size, 30_000, 3_000, 300, 10][next(5)] + 1;
  for (let at = 0; at < size;) {
    const kind = next(8);
    const length = min(size - at, kind === 0 ? next(4) : next(step));
    if (kind < 5) ops.push({ keep: [at, at + length] });
    if (kind === 5 || kind === 6) ops.push({ insert: header(next) });
    if (kind === 7 && next(9) === 0 && step > 3_001)
      ops.push({ insert: randomPlain(next, next(next(9) === 0 ? 200_000 : 5_000)) });
    at += kind < 5 || next(3) === 0 ? length : 0;
  }
  return ops;
}

function header(next: Random): Buffer {
  return Buffer.from(`070701${next(9)}00000${next(99)}000081A400000000some/directory/name-${next(40)}\0`);
}

/** One case of the fuzz: the ordinary path is the oracle, and two ways of cutting the input must not differ. */
export async function checkSeed(seed: number): Promise<void> {
  const next = random(seed);
  const plain = randomPlain(next, next([1, 300, 20_000, 100_000, 300_000][next(5)]));
  const gzip = randomGzip(next, plain);
  const ops = randomOps(next, plain.length);
  const expected = await collect(rewrite(chunked(plain, 1 << 20), ops));
  const whole = await collect(transcode(chunked(gzip, gzip.length), ops));
  const pieces = await collect(
    transcode(chunked(gzip, 1 + next([50, 5_000, 1][next(gzip.length > 30_000 ? 2 : 3)])), ops),
  );
  if (!gunzipSync(whole).equals(expected)) throw new Error(`seed ${seed}: not what the ordinary path gives`);
  if (!pieces.equals(whole)) throw new Error(`seed ${seed}: the output depends on the input's chunks`);
}

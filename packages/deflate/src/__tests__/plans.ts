import type { Op } from '../index.js';
import type { Random } from './bytes.js';
import { randomPlain } from './inputs.js';

// Local names, for the reason given in bytes.ts.
const { ceil, min } = Math;

/** Plain bytes and the steps that edit them. */
export interface Edit {
  readonly plain: Buffer;
  readonly ops: Op[];
}

/** A tar of about `size` bytes, and the edit that turns it into a cpio archive: other headers and padding, fewer files. */
export function randomArchive(next: Random, size: number): Edit {
  const parts: Buffer[] = [];
  const ops: Op[] = [];
  const most = [100, 1_000, 10_000, 300_000][next(4)];
  for (let at = 0; at < size;) {
    const content = randomPlain(next, min(size - at, next(3) === 0 ? 0 : next(most)));
    const start = at + 512;
    parts.push(tarHeader(next, content.length), content, Buffer.alloc(padding(content.length, 512)));
    at = start + content.length + padding(content.length, 512);
    if (next(8) === 0) continue;
    ops.push({ insert: header(next) });
    if (content.length > 0) ops.push({ keep: [start, start + content.length] });
    ops.push({ insert: Buffer.alloc(padding(content.length, 4)) });
  }
  ops.push({ insert: Buffer.from('TRAILER!!!\0') });
  return { plain: Buffer.concat([...parts, Buffer.alloc(1024)]), ops };
}

function tarHeader(next: Random, size: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write(`some/directory-${next(5)}/name-${next(1_000)}`);
  bytes.write(next(2) === 0 ? '0000644' : '0000755', 100);
  bytes.write('0000000', 108);
  bytes.write(size.toString(8).padStart(11, '0'), 124);
  bytes.write(`1413${next(100_000)}`, 136);
  bytes.write('ustar', 257);
  return bytes;
}

function padding(size: number, unit: number): number {
  return ceil(size / unit) * unit - size;
}

/** A random plan: some change nothing, some cut the input into single bytes, most look like the plan of an archive. */
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

/** A plan that keeps long pieces, as of large files, and changes little between them. */
export function fewOps(next: Random, size: number): Op[] {
  const ops: Op[] = [];
  for (let at = next(600); at < size;) {
    const end = min(size, at + 30_000 + next(200_000));
    if (next(4) > 0) ops.push({ insert: header(next) });
    ops.push({ keep: [at, end] });
    at = end + next(next(2) === 0 ? 2 : 3_000);
  }
  return ops;
}

function header(next: Random): Buffer {
  return Buffer.from(`070701${next(9)}00000${next(99)}000081A400000000some/directory/name-${next(40)}\0`);
}

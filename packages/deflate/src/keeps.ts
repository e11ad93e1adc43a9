import { types } from 'node:util';
import { DeflateError } from './error.js';
import type { Op } from './op.js';

/** Passes `ops` on, and refuses what is no step, and keeps that are not whole numbers in increasing order. */
export function* checkedKeeps(ops: Iterable<Op>): Generator<Op, void> {
  let last = 0;
  for (const op of ops) {
    if (!isOp(op)) {
      throw new DeflateError('bad-ops', `expected keep or insert, got ${JSON.stringify(op)}`, {
        hint: 'write { keep: [start, end] } or { insert: bytes }; what no keep names is dropped',
      });
    }
    if ('keep' in op) {
      const [start, end] = op.keep;
      if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < last || end < start) {
        throw new DeflateError('bad-ops', `keeps must go forwards from ${last}, got ${start}..${end}`, {
          hint: 'sort the kept ranges by their position in the input, and let none overlap',
        });
      }
      last = end;
    }
    yield op;
  }
}

/** Of a caller in JavaScript, whom no compiler has told. */
function isOp(op: Partial<{ insert: unknown; keep: unknown }> | null): boolean {
  return types.isUint8Array(op?.insert) || (Array.isArray(op?.keep) && op.keep.length === 2);
}

export function keepPastEnd([start, end]: readonly [number, number], size: number): DeflateError {
  return new DeflateError('keep-past-end', `keep ${start}..${end} of an input that has ${size} bytes`, {
    hint: 'the plan was made for another input: make it again',
  });
}

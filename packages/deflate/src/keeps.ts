import { types } from 'node:util';
import { DeflateError } from './error.js';
import type { Op } from './op.js';

/** Passes `ops` on; throws `bad-ops` for a value that is not a step, and for keeps that are not ascending integers. */
export function* checkedKeeps(ops: Iterable<Op>): Generator<Op, void> {
  let last = 0;
  for (const op of ops) {
    if (!isOp(op)) {
      throw new DeflateError('bad-ops', `expected keep or insert, got ${JSON.stringify(op)}`, {
        hint: 'write { keep: [start, end] } or { insert: bytes }; bytes outside of all keeps are dropped',
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

/** Guards against untyped JavaScript callers. */
function isOp(op: Partial<{ insert: unknown; keep: unknown }> | null): boolean {
  return types.isUint8Array(op?.insert) || (Array.isArray(op?.keep) && op.keep.length === 2);
}

export function keepPastEnd([start, end]: readonly [number, number], size: number): DeflateError {
  return new DeflateError(
    'keep-past-end',
    `expected an input of at least ${end} bytes for keep ${start}..${end}, got ${size}`,
    {
      hint: 'the plan was made for another input: make it again',
    },
  );
}

import { checkedKeeps } from './keeps.js';
import type { Op } from './op.js';

/** A plan in two buffers, which can be transferred to another thread without a copy. */
export interface PackedOps {
  /** All inserts, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Two numbers for each step: a keep's start and end, or INSERT and the number of inserted bytes. */
  readonly steps: Float64Array<ArrayBuffer>;
}

const INSERT = -1;

export function packOps(ops: Iterable<Op>): PackedOps {
  let bytes = new Uint8Array(1 << 16);
  let steps = new Float64Array(1 << 10);
  let size = 0;
  let count = 0;
  for (const op of checkedKeeps(ops)) {
    if (count + 2 > steps.length) steps = grown(steps, new Float64Array(2 * steps.length));
    if ('keep' in op) {
      steps.set(op.keep, count);
    } else {
      const needed = size + op.insert.length;
      if (needed > bytes.length) bytes = grown(bytes, new Uint8Array(Math.max(needed, 2 * bytes.length)));
      bytes.set(op.insert, size);
      size = needed;
      steps.set([INSERT, op.insert.length], count);
    }
    count += 2;
  }
  return { bytes: bytes.slice(0, size), steps: steps.slice(0, count) };
}

function grown<T extends Uint8Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

export function* unpackOps({ bytes, steps }: PackedOps): Generator<Op, void> {
  for (let step = 0, at = 0; step < steps.length; step += 2) {
    if (steps[step] === INSERT) yield { insert: bytes.subarray(at, (at += steps[step + 1])) };
    else yield { keep: [steps[step], steps[step + 1]] };
  }
}

import { checkedKeeps } from './keeps.js';
import type { Op } from './op.js';

/** A plan in a few buffers, which can be transferred to another thread without a copy. */
export interface PackedOps {
  /** All inserts, one after the other. An insert lies in one of these, which are as long as what lies in them. */
  readonly bytes: readonly Uint8Array<ArrayBuffer>[];
  /** Two numbers for each step: a keep's start and end, or INSERT and the number of inserted bytes. */
  readonly steps: readonly Float64Array<ArrayBuffer>[];
}

const INSERT = -1;
/** Numbers of a buffer. A plan grows by such buffers: one that doubled would be in memory three times while it grows. */
const PIECE = 1 << 16;

export function packOps(ops: Iterable<Op>): PackedOps {
  const bytes = new Pieces((length) => new Uint8Array(resizable(length)));
  const steps = new Pieces((length) => new Float64Array(resizable(8 * length)));
  for (const op of checkedKeeps(ops)) {
    if ('keep' in op) {
      steps.add(op.keep);
    } else {
      bytes.add(op.insert);
      steps.add([INSERT, op.insert.length]);
    }
  }
  return { bytes: bytes.finish(), steps: steps.finish() };
}

/** The buffers of a plan, for a transfer. */
export function buffersOf({ bytes, steps }: PackedOps): ArrayBuffer[] {
  return [...bytes, ...steps].map(({ buffer }) => buffer);
}

/**
 * Yields the steps of a plan once, and gives back the memory of each buffer when its last step is done: a collection of
 * garbage may come late in a thread that waits. What a step inserts is valid until the next step is asked for.
 */
export function* unpackOps({ bytes, steps }: PackedOps): Generator<Op, void> {
  let piece = 0;
  let at = 0;
  for (const some of steps) {
    for (let step = 0; step < some.length; step += 2) {
      if (some[step] !== INSERT) {
        yield { keep: [some[step], some[step + 1]] };
        continue;
      }
      const size = some[step + 1];
      if (size > 0 && at === bytes[piece].length) {
        free(bytes[piece]);
        [piece, at] = [piece + 1, 0];
      }
      yield { insert: size === 0 ? new Uint8Array(0) : bytes[piece].subarray(at, (at += size)) };
    }
    free(some);
  }
  bytes.forEach(free);
}

/** An ArrayBuffer that can be made smaller: ECMA-262, resizable buffers, which TypeScript's library for ES2023 lacks. */
interface Resizable {
  resize(bytes: number): void;
}

function resizable(bytes: number): ArrayBuffer {
  const options = { maxByteLength: bytes };
  return new (ArrayBuffer as new (bytes: number, options: object) => ArrayBuffer)(bytes, options);
}

/** Gives back the memory of a buffer, whose views are empty from then on. */
function free({ buffer }: Numbers): void {
  (buffer as ArrayBuffer & Resizable).resize(0);
}

type Numbers = Uint8Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Collects numbers in buffers of a fixed size, larger ones for what is longer. What is added together stays together. */
class Pieces<T extends Numbers> {
  private readonly full: T[] = [];
  private current?: T;
  private used = 0;

  constructor(private readonly make: (length: number) => T) {}

  add(values: ArrayLike<number>): void {
    if (values.length === 0) return;
    if (!this.current || this.used + values.length > this.current.length) {
      this.end();
      this.current = this.make(Math.max(PIECE, values.length));
    }
    this.current.set(values, this.used);
    this.used += values.length;
  }

  finish(): T[] {
    this.end();
    return this.full;
  }

  private end(): void {
    if (this.current) this.full.push(this.current.subarray(0, this.used) as T);
    this.current = undefined;
    this.used = 0;
  }
}

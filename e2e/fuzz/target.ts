import type { Random } from './random.js';

/** A reader of bytes that a stranger chose, and what may come of it. */
export interface Target {
  readonly name: string;
  /** Inputs from which all others are made. */
  seeds(): Promise<readonly Buffer[]>;
  mutate(next: Random, input: Buffer, other: Buffer): Buffer;
  /** The codes that damaged input may have, by the name of the error's class. Everything else is a defect. */
  readonly faults: Readonly<Record<string, readonly string[]>>;
  /** Reads an input, and checks what it gives. Throws a fault for an input that is refused. */
  read(input: Buffer): unknown;
  /** Inputs of the sample in `npm test`: one to two seconds of work. The whole has 25 times as many. */
  readonly sample: number;
}

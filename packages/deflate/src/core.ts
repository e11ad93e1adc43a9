import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// TypeScript declares WebAssembly for browsers only; these are the parts that this file uses.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** The results of `run` that are not errors; assembly/status.ts has the same numbers and describes them. */
export const Status = {
  needInput: 1,
  needOp: 2,
  windowFull: 3,
  outputFull: 4,
  memberEnd: 5,
  end: 6,
  stretch: 7,
  endsFull: 8,
} as const;

/** The first status that means an error in the input; see faults.ts. */
export const FIRST_FAULT = 16;

/** The exports of assembly/transcode.ts, which describes them. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(): void;
  run(): number;
  inputAt(): number;
  inputSpace(): number;
  fed(bytes: number): void;
  ended(): void;
  position(): number;
  positionAt(): number;
  offset(): number;
  bits(): number;
  memberCrc(): number;
  memberSize(): number;
  keep(end: number): void;
  drop(end: number): void;
  recordEnds(): void;
  endsAt(): number;
  endsSize(): number;
  endsTaken(): void;
  stretchAt(position: number): void;
  regionFrom(): number;
  waiting(): number;
  historyAt(): number;
  copyStretch(bits: number, end: number): void;
  insertAt(): number;
  insertSpace(): number;
  insert(bytes: number): void;
  finish(): void;
  outputAt(): number;
  outputSize(): number;
  taken(): void;
}

let compiled: object | undefined;

/** Tests run from `src`; the compiled module is in `dist` only. */
function compile(): object {
  return new WebAssembly.Module(readFileSync(join(__dirname.replace(/src$/, 'dist'), 'transcode.wasm')));
}

/** An instance of the transcoder: its exports, and its memory as bytes. */
export interface Core extends Omit<Exports, 'inputAt'> {
  readonly bytes: Buffer;
  /** The module exports this as `inputAt`: it also moves unread input to the front of the buffer. */
  makeInputRoom(): number;
}

function instantiate(): Core {
  const { inputAt, ...exports } = new WebAssembly.Instance((compiled ??= compile())).exports as Exports;
  return { ...exports, makeInputRoom: inputAt, bytes: Buffer.from(exports.memory.buffer) };
}

/** Instances to reuse: making one takes a millisecond, and its 3 MiB of memory stay until they are collected. */
const idle: Core[] = [];
const MAX_IDLE = 4;

/** An instance for one input. The caller must give it back with `giveCore` when it is done, also after an error. */
export function takeCore(): Core {
  const core = idle.pop() ?? instantiate();
  core.begin();
  return core;
}

/** A position that no input reaches. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Copies the bytes of a chunk from `from` on into the core, as many as fit, and returns how many. `run` must follow. */
export function feedCore(core: Core, chunk: Uint8Array, from: number): number {
  const to = core.makeInputRoom();
  const piece = chunk.subarray(from, from + core.inputSpace());
  core.bytes.set(piece, to);
  core.fed(piece.length);
  return piece.length;
}

export function giveCore(core: Core): void {
  if (idle.length < MAX_IDLE) idle.push(core);
}

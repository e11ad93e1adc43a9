import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// The parts of the global that are used here: TypeScript declares it for browsers only.
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** What `run` returns; assembly/status.ts has the same numbers. */
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

/** From here on a status says what is wrong with the input. */
export const FAULTS = 16;

/** The exports of assembly/transcode.ts, where they are described. */
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

/** Lies in `dist` only, for the sources that tests run too. */
function compile(): object {
  return new WebAssembly.Module(readFileSync(join(__dirname.replace(/src$/, 'dist'), 'transcode.wasm')));
}

function instantiate(): Exports & { readonly bytes: Buffer } {
  const exports = new WebAssembly.Instance((compiled ??= compile())).exports as Exports;
  return { ...exports, bytes: Buffer.from(exports.memory.buffer) };
}

/** An instance's exports, and its memory as bytes. */
export type Core = ReturnType<typeof instantiate>;

/** Instances that are free: making one costs a millisecond, and its 3 MiB of memory lie until they are collected. */
const idle: Core[] = [];
const MAX_IDLE = 4;

/** An instance of the transcoder, for one input; give it back at its end, whatever that is. */
export function takeCore(): Core {
  const core = idle.pop() ?? instantiate();
  core.begin();
  return core;
}

/** A position that no input reaches. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Hands the core as much of a chunk, from a position on, as it has room for; returns how much. It must read that next. */
export function feedCore(core: Core, chunk: Uint8Array, from: number): number {
  const to = core.inputAt();
  const piece = chunk.subarray(from, from + core.inputSpace());
  core.bytes.set(piece, to);
  core.fed(piece.length);
  return piece.length;
}

export function giveCore(core: Core): void {
  if (idle.length < MAX_IDLE) idle.push(core);
}

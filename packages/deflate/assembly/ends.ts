// Records where blocks end, for an index of blocks.

import { inputBits } from './input';

const CAPACITY: u32 = 1024;
/** Three f64 for each end: bits of the input before it, bytes of the plain input before it, 1 if the block is copyable. */
export const ENDS: usize = memory.data(1024 * 24, 16);

let recording: bool = false;
export let endCount: u32 = 0;

export function resetEnds(): void {
  recording = false;
  endCount = 0;
}

export function startRecording(): void {
  recording = true;
}

export function forgetEnds(): void {
  endCount = 0;
}

// @ts-ignore: decorator
@inline
export function endsFull(): bool {
  return endCount == CAPACITY;
}

/** Records that a block ends here, at `position` of the plain input; `copyable` if its bits stay valid as they are. */
export function recordEnd(position: u64, copyable: bool): void {
  if (!recording) return;
  const end = ENDS + endCount * 24;
  store<f64>(end, inputBits());
  store<f64>(end, position as f64, 8);
  store<f64>(end, copyable ? 1 : 0, 16);
  endCount++;
}

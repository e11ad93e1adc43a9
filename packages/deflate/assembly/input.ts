// A buffer of compressed bytes, and a bit reader over it.
//
// The reader loads up to 16 bytes ahead of the bits it has consumed, so it stops 16 bytes before the end of the buffer
// until the input has ended. Then zeros follow the end, and overrun() tells whether any of them were consumed.

const CAPACITY: usize = 1 << 20;
const LOOKAHEAD: usize = 16;
/** Zeros behind the input's end: a block's header can be read this far beyond it before overrun() is asked. */
const PADDING: usize = 1024;
/** Consumed bytes from which moving the rest to the front is worth its time. */
const COMPACT_FROM: usize = 1 << 18;

export const IN: usize = memory.data((CAPACITY + PADDING) as i32, 16);

export let inPtr: usize = IN;
export let inEnd: usize = IN;
export let bitBuf: u64 = 0;
export let bitCount: u32 = 0;
export let inputLast: bool = false;
/** Number of the input's bytes that have left the buffer. */
let forgotten: f64 = 0;

export function resetInput(): void {
  inPtr = IN;
  inEnd = IN;
  bitBuf = 0;
  bitCount = 0;
  inputLast = false;
  forgotten = 0;
}

export function setReader(ptr: usize, buf: u64, count: u32): void {
  inPtr = ptr;
  bitBuf = buf;
  bitCount = count;
}

/** Drops the bytes before address `keepFrom`, if they are many; returns by how many bytes the rest has moved down. */
export function compactInput(keepFrom: usize): usize {
  const by = keepFrom - IN;
  if (by < COMPACT_FROM) return 0;
  memory.copy(IN, keepFrom, inEnd - keepFrom);
  inPtr -= by;
  inEnd -= by;
  forgotten += <f64>by;
  return by;
}

export function inputRoom(): usize {
  return IN + CAPACITY - inEnd;
}

export function inputFed(bytes: usize): void {
  inEnd += bytes;
}

export function inputEnded(): void {
  memory.fill(inEnd, 0, PADDING);
  inputLast = true;
}

/** The byte offset of the next unread bit in the whole input. */
export function inputOffset(): f64 {
  return forgotten + <f64>(nextByte() - IN);
}

/** The number of bits of the whole input before the next unread one. */
export function inputBits(): f64 {
  return forgotten * 8 + <f64>bitOffset();
}

/** Continues at a bit of the buffer, counted from IN. */
export function readFrom(bit: u32): void {
  const ptr = IN + (bit >> 3);
  const used = bit & 7;
  if (used == 0) setReader(ptr, 0, 0);
  else setReader(ptr + 1, (load<u8>(ptr) >> used) as u64, 8 - used);
}

/** The last address from which two refills stay inside the buffer. */
// @ts-ignore: decorator
@inline
export function readLimit(): usize {
  return inEnd - LOOKAHEAD;
}

/** The first byte of which no bit is consumed. */
// @ts-ignore: decorator
@inline
function nextByte(): usize {
  return inPtr - (bitCount >> 3);
}

/** The next unread bit, counted from IN. */
// @ts-ignore: decorator
@inline
export function bitOffset(): u32 {
  return (((inPtr - IN) as u32) << 3) - bitCount;
}

/** Whether more bits were consumed than the input has. */
// @ts-ignore: decorator
@inline
export function overrun(): bool {
  return bitOffset() > ((inEnd - IN) as u32) << 3;
}

/** Whether `bytes` more can be read: they are in the buffer, or the input has ended and zeros stand in for them. */
// @ts-ignore: decorator
@inline
export function available(bytes: usize): bool {
  return inputLast || inEnd >= nextByte() + bytes;
}

/** Fills the bit buffer with at least 56 bits. */
// @ts-ignore: decorator
@inline
export function refill(): void {
  bitBuf |= load<u64>(inPtr) << bitCount;
  inPtr += (63 - bitCount) >> 3;
  bitCount |= 56;
}

/** Consumes `count` bits, at most 56 after a refill. */
// @ts-ignore: decorator
@inline
export function takeBits(count: u32): u32 {
  const value = (bitBuf as u32) & (((1 as u64) << count) - 1) as u32;
  bitBuf >>= count;
  bitCount -= count;
  return value;
}

/** Drops the rest of the current byte, so that bytes can be read from inPtr. */
export function alignInput(): void {
  inPtr = nextByte();
  bitBuf = 0;
  bitCount = 0;
}

// The compressed bytes, and a bit reader over them.
//
// The reader looks up to 16 bytes ahead of what it has consumed, so it stops that far before the end of what it
// was given, until it is told that no more will come; then zeros follow the end, and overrun() tells that they
// were consumed.

const CAPACITY: usize = 1 << 20;
const LOOKAHEAD: usize = 16;
/** A block's header can be read past the end by so much before it is looked at whether it was there. */
const PADDING: usize = 1024;
/** Below this much of consumed input, moving the rest to the front is not worth it. */
const COMPACT_FROM: usize = 1 << 18;

export const IN: usize = memory.data((CAPACITY + PADDING) as i32, 16);

export let inPtr: usize = IN;
export let inEnd: usize = IN;
export let bitBuf: u64 = 0;
export let bitCount: u32 = 0;
export let inputLast: bool = false;
/** The input's bytes that lay in the buffer once and do not any more. */
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

/** Forgets what lies before `keepFrom`, if that is much; returns by how many bytes the rest moved down. */
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

/** Byte offset in the whole input of the next unread bit. */
export function inputOffset(): f64 {
  return forgotten + <f64>(nextByte() - IN);
}

/** Bits of the whole input up to the next unread one. */
export function inputBits(): f64 {
  return forgotten * 8 + <f64>bitOffset();
}

/** Goes on at a bit, counted from IN, of the bytes that are there. */
export function readFrom(bit: u32): void {
  const ptr = IN + (bit >> 3);
  const used = bit & 7;
  if (used == 0) setReader(ptr, 0, 0);
  else setReader(ptr + 1, (load<u8>(ptr) >> used) as u64, 8 - used);
}

/** Up to here two refills are safe. */
// @ts-ignore: decorator
@inline
export function readLimit(): usize {
  return inEnd - LOOKAHEAD;
}

/** The first byte with no bit consumed. */
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

/** Bits were consumed that the input does not have. */
// @ts-ignore: decorator
@inline
export function overrun(): bool {
  return bitOffset() > ((inEnd - IN) as u32) << 3;
}

/** True if `bytes` more can be read: they are there, or zeros stand in because the input has ended. */
// @ts-ignore: decorator
@inline
export function available(bytes: usize): bool {
  return inputLast || inEnd >= nextByte() + bytes;
}

/** At least 56 bits. */
// @ts-ignore: decorator
@inline
export function refill(): void {
  bitBuf |= load<u64>(inPtr) << bitCount;
  inPtr += (63 - bitCount) >> 3;
  bitCount |= 56;
}

/** At most 56 bits, after a refill. */
// @ts-ignore: decorator
@inline
export function takeBits(count: u32): u32 {
  const value = (bitBuf as u32) & (((1 as u64) << count) - 1) as u32;
  bitBuf >>= count;
  bitCount -= count;
  return value;
}

/** Drops the rest of the byte, so that bytes can be read from inPtr. */
export function alignInput(): void {
  inPtr = nextByte();
  bitBuf = 0;
  bitCount = 0;
}

// A buffer for the compressed output, and a bit writer into it.

/** Several times the size of one copied or fresh block together with the output that waits to be taken. */
const CAPACITY: usize = 1 << 20;
/** Bytes that wait to be taken from which no new block is begun. */
const FULL: usize = 1 << 18;

export const OUT: usize = memory.data(CAPACITY as i32, 16);

export let outPtr: usize = OUT;
export let outBuf: u64 = 0;
export let outCount: u32 = 0;

export function resetOutput(): void {
  outPtr = OUT;
  outBuf = 0;
  outCount = 0;
}

export function outputTaken(): void {
  outPtr = OUT;
}

// @ts-ignore: decorator
@inline
export function outputFull(): bool {
  return outPtr - OUT > FULL;
}

export function setWriter(ptr: usize, buf: u64, count: u32): void {
  outPtr = ptr;
  outBuf = buf;
  outCount = count;
}

/** Writes `count` bits, at most 56; higher bits must be zero. */
// @ts-ignore: decorator
@inline
export function putBits(bits: u64, count: u32): void {
  outBuf |= bits << outCount;
  outCount += count;
  store<u64>(outPtr, outBuf);
  outPtr += outCount >> 3;
  outBuf >>= outCount & ~7;
  outCount &= 7;
}

/** Writes zeros up to the next byte. */
export function alignOutput(): void {
  if (outCount > 0) putBits(0, 8 - outCount);
}

/** Counts bytes that the caller has written at outPtr; the output must be aligned. */
export function advanceOutput(bytes: usize): void {
  outPtr += bytes;
}

/** Copies the bits from `start` up to `end`, counted from address `base`. */
export function putBitsOf(base: usize, start: u32, end: u32): void {
  // Locals stay in registers; the writer's own variables would be written to memory for every piece.
  let buf = outBuf;
  let out = outPtr;
  let from = base + (start >> 3);
  const shift: u64 = start & 7;
  const count: u64 = outCount;
  while (start + 56 <= end) {
    buf |= ((load<u64>(from) >> shift) & 0x00ff_ffff_ffff_ffff) << count;
    store<u64>(out, buf);
    buf >>= 56;
    out += 7;
    from += 7;
    start += 56;
  }
  setWriter(out, buf, outCount);
  const rest = end - start;
  putBits((load<u64>(from) >> shift) & (((1 as u64) << rest) - 1), rest);
}

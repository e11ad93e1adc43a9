/**
 * Runs of deflate blocks ("stretches") that `transcode` can copy without decoding them, if its plan keeps the file they
 * lie in. A `BlockIndexer` finds them while `inflate` reads the same bytes. Both arrays are shared between threads, not
 * copied. It is opaque: only `transcode` reads it.
 */
export interface BlockIndex {
  /** One row of seven numbers for each stretch, in the order of the input. */
  readonly rows: Float64Array<SharedArrayBuffer>;
  /** For each stretch the 32 KiB of plain bytes before its end, from which decoding goes on there. */
  readonly windows: Uint8Array<SharedArrayBuffer>;
}

/** Bytes that a match can reach back: RFC 1951, section 3.2.5. */
export const WINDOW = 32_768;

/** A place between two deflate blocks. */
export interface BlockEnd {
  /** Bits of the compressed input before it. */
  readonly bits: number;
  /** Bytes of the plain input before it. */
  readonly position: number;
  /** CRC-32 of the gzip member's plain bytes before it. */
  readonly crc: number;
}

/** A run of deflate blocks whose bits stay valid wherever the file that holds them is kept. */
export interface Stretch {
  readonly start: BlockEnd;
  readonly end: BlockEnd;
  /** Length of its first block in bits. */
  readonly firstBits: number;
}

const COLUMNS = 7;

/** Packs stretches and their windows into arrays that threads can share. */
export function packIndex(
  found: readonly { readonly stretch: Stretch; readonly window: Uint8Array }[],
): BlockIndex {
  const rows = new Float64Array(new SharedArrayBuffer(8 * COLUMNS * found.length));
  const windows = new Uint8Array(new SharedArrayBuffer(WINDOW * found.length));
  found.forEach(({ stretch: { start, end, firstBits }, window }, i) => {
    const row = [start.bits, start.position, start.crc, end.bits, end.position, end.crc, firstBits];
    rows.set(row, COLUMNS * i);
    windows.set(window, WINDOW * i);
  });
  return { rows, windows };
}

/** The stretch with number `i`; undefined behind the last one. */
export function stretchOf({ rows }: BlockIndex, i: number): Stretch | undefined {
  if (COLUMNS * i >= rows.length) return undefined;
  const [startBits, start, startCrc, endBits, end, endCrc, firstBits] = rows.subarray(COLUMNS * i);
  return {
    start: { bits: startBits, position: start, crc: startCrc },
    end: { bits: endBits, position: end, crc: endCrc },
    firstBits,
  };
}

export function windowOf({ windows }: BlockIndex, i: number): Uint8Array {
  return windows.subarray(WINDOW * i, WINDOW * (i + 1));
}

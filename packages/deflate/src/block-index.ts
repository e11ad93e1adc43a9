/**
 * Stretches of deflate blocks that `transcode` may copy without decoding them, because a plan that keeps a file
 * keeps all of them: found by `inflate` in the same bytes. Both arrays are shared between threads, not copied.
 */
export interface BlockIndex {
  /** A row each, in their order; see `Stretch`. */
  readonly rows: Float64Array<SharedArrayBuffer>;
  /** For each the plain bytes before its end, as far as matches reach. */
  readonly windows: Uint8Array<SharedArrayBuffer>;
}

/** How far back a match reaches: RFC 1951, section 3.2.5. */
export const WINDOW = 32_768;

/** A place between two blocks. */
export interface BlockEnd {
  /** Of the compressed input up to there. */
  readonly bits: number;
  /** Bytes of the plain input. */
  readonly position: number;
  /** Of the member's plain bytes up to there. */
  readonly crc: number;
}

export interface Stretch {
  readonly start: BlockEnd;
  readonly end: BlockEnd;
  /** Of its first block. */
  readonly firstBits: number;
}

const COLUMNS = 7;

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

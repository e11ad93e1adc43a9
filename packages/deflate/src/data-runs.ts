/** The block size of common file systems: a shorter run of zeros cannot become a hole. */
const HOLE = 4096;
const ZEROS = Buffer.alloc(HOLE);

/**
 * Yields the ranges of a piece that hold data, in rising order, as byte offsets [start, end) in whole blocks of 4096.
 * Whatever lies between them is zeros and can stay a hole of a sparse file.
 */
export function* dataRuns(piece: Uint8Array): Iterable<[start: number, end: number]> {
  let start = 0;
  for (let at = 0; at < piece.length; at += HOLE) {
    // Most blocks with data have a first byte other than 0; only the others are compared as a whole.
    const size = Math.min(HOLE, piece.length - at);
    if (piece[at] !== 0 || ZEROS.compare(piece, at, at + size, 0, size) !== 0) continue;
    if (at > start) yield [start, at];
    start = at + size;
  }
  if (start < piece.length) yield [start, piece.length];
}

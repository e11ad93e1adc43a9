/** What file systems allocate at least; a smaller run of zeros makes no hole. */
const HOLE = 4096;
const ZEROS = Buffer.alloc(HOLE);

/** What of a piece is not zeros, in whole blocks, as [start, end): what lies between can stay a hole of a file. */
export function* dataRuns(piece: Uint8Array): Iterable<[start: number, end: number]> {
  let start = 0;
  for (let at = 0; at < piece.length; at += HOLE) {
    // One byte tells of most blocks that they hold something; only the others are looked through.
    const size = Math.min(HOLE, piece.length - at);
    if (piece[at] !== 0 || ZEROS.compare(piece, at, at + size, 0, size) !== 0) continue;
    if (at > start) yield [start, at];
    start = at + size;
  }
  if (start < piece.length) yield [start, piece.length];
}

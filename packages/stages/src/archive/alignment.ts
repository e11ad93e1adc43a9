/** The kernel wants an uncompressed archive to start at a multiple of four. */
const ALIGNMENT = 4;

/** The least multiple of four that is not below `size`, in bytes. */
export function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

/** Yields archives one after the other. Zeros come between them, so that each starts at the alignment. */
export async function* concatenate(
  archives: Iterable<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for (const archive of archives) {
    const padding = aligned(size) - size;
    if (padding > 0) yield new Uint8Array(padding);
    size += padding;
    for await (const chunk of archive) {
      size += chunk.length;
      yield chunk;
    }
  }
}

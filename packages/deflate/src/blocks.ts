/** Yields the same bytes in blocks of `size`. Only the last may be shorter; an empty input gives one empty block. */
export async function* blocksOf(plain: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of plain) {
    for (let at = 0; at < chunk.length;) {
      if (filled === size) {
        yield block;
        block = Buffer.allocUnsafeSlow(size);
        filled = 0;
      }
      const part = chunk.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  yield block.subarray(0, filled);
}

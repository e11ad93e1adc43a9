/**
 * A run of packed blocks as one buffer: the number of blocks, the size of each, both 32 bits, little-endian; then their bytes.
 * The size PLAIN stands for a block that stayed as it is, which has no bytes here.
 */
const PLAIN = 0xffffffff;
const FIELD = 4;

/** Encodes packed blocks; undefined stands for a block that stayed as it is. */
export function encodeRun(blocks: readonly (Buffer | undefined)[]): Buffer {
  const head = Buffer.alloc(FIELD * (1 + blocks.length));
  head.writeUInt32LE(blocks.length, 0);
  blocks.forEach((block, i) => head.writeUInt32LE(block?.length ?? PLAIN, FIELD * (1 + i)));
  return Buffer.concat([head, ...blocks.filter((block) => block !== undefined)]);
}

/** Decodes a run of a number of blocks; undefined if it has another shape, so that it is packed anew. */
export function decodeRun(run: Buffer, count: number): (Buffer | undefined)[] | undefined {
  const head = FIELD * (1 + count);
  if (run.length < head || run.readUInt32LE(0) !== count) return undefined;
  let at = head;
  const blocks = Array.from({ length: count }, (_, i) => {
    const size = run.readUInt32LE(FIELD * (1 + i));
    if (size === PLAIN) return undefined;
    at += size;
    return run.subarray(at - size, at);
  });
  return at === run.length ? blocks : undefined;
}

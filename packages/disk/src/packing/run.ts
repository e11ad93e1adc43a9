/**
 * A run of packed blocks as one buffer: the number of blocks, the size of each, both 32 bits, little-endian; then their bytes.
 * The size PLAIN stands for a block that stayed as it is, which has no bytes here.
 */
const PLAIN = 0xffffffff;
const FIELD = 4;

/** Encodes packed blocks; `plain` are the same blocks before. */
export function encodeRun(blocks: readonly Buffer[], plain: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(FIELD * (1 + blocks.length));
  head.writeUInt32LE(blocks.length, 0);
  const bytes = blocks.filter((block, i) => {
    const isPlain = block === plain[i];
    head.writeUInt32LE(isPlain ? PLAIN : block.length, FIELD * (1 + i));
    return !isPlain;
  });
  return Buffer.concat([head, ...bytes]);
}

/** Decodes a run for its plain blocks; undefined if it has another shape, so that it is packed anew. */
export function decodeRun(run: Buffer, plain: readonly Buffer[]): Buffer[] | undefined {
  const head = FIELD * (1 + plain.length);
  if (run.length < head || run.readUInt32LE(0) !== plain.length) return undefined;
  let at = head;
  const blocks = plain.map((block, i) => {
    const size = run.readUInt32LE(FIELD * (1 + i));
    if (size === PLAIN) return block;
    at += size;
    return run.subarray(at - size, at);
  });
  return at === run.length ? blocks : undefined;
}

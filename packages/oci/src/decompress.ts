export interface DecompressLimits {
  /** Uncompressed bytes at most. */
  readonly bytes?: number;
  /** Uncompressed bytes for each compressed one at most, once `ratioFrom` bytes came out. */
  readonly ratio?: number;
  readonly ratioFrom?: number;
}

export function decompress(
  _bytes: AsyncIterable<Uint8Array>,
  _limits: DecompressLimits = {},
): AsyncIterable<Uint8Array> {
  throw new Error('to come');
}

/**
 * A run of cpio members, compressed so that it can be copied behind others: all but the front and the end of a gzip
 * member or zstd frame.
 */
export interface Body {
  /** Bytes. */
  readonly size: number;
  /** Uncompressed bytes. */
  readonly plain: number;
  /** CRC-32 of the uncompressed bytes where the compressor needs it, else 0. */
  readonly crc: number;
}

/** Bytes of a file, counted from where its body begins. */
export interface Range extends Body {
  readonly start: number;
}

import type { GatherWriter } from './gather.js';

/**
 * Bytes that can be read at random, any number of times: an uncompressed layer in the store, a local file,
 * a string. `id` names the bytes (a digest where one is known), so that two contents can be compared and a
 * sink can tell that a slice lies in a layer that it streams anyway.
 */
export interface ByteSource {
  readonly id: string;
  /** bytes */
  readonly size: number;
  /** Bytes from `start` up to, not including, `end`. Chunks are the reader's to keep. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * The same for a reader that is done with a chunk when it asks for the next one: all lie in the same memory.
   * Where large files are copied, new memory for each chunk costs as much as the copy.
   */
  lend?(start: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * Puts the bytes into a file from `position` on, straight out of files that they lie in. Some may still be on their
   * way when it returns; all are there when the writer ends.
   */
  copy?(start: number, end: number, output: GatherWriter, position: number): Promise<void>;
}

/** The bytes of one file: a slice of a source. Nothing is read until a sink asks. */
export interface Content {
  readonly source: ByteSource;
  readonly offset: number;
  /** bytes */
  readonly size: number;
}

/** All bytes of a content, in order. */
export function readContent({ source, offset, size }: Content): AsyncIterable<Uint8Array> {
  return source.read(offset, offset + size);
}

/** Likewise, lent where the source can. */
export function lendContent({ source, offset, size }: Content): AsyncIterable<Uint8Array> {
  return source.lend ? source.lend(offset, offset + size) : source.read(offset, offset + size);
}

import type { GatherWriter } from './gather.js';

/**
 * Bytes that can be read at random, any number of times: an uncompressed layer in the store, a local file, a string.
 * There are three ways to read them, from the most general to the fastest: `read`, `lend`, `copy`. Offsets are bytes.
 */
export interface ByteSource {
  /**
   * Names the bytes, by their digest where it is known. Two contents with equal `id`, offset and size are taken to be
   * equal without reading them, and ids of disks and file systems are derived from it.
   */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Yields the bytes from `start` up to, not including, `end`. The reader may keep the chunks. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * Yields the same bytes, but reuses the memory of a chunk once the reader asks for the next one. Allocating memory
   * for each chunk of a large file costs as much as copying it.
   */
  lend?(start: number, end: number): AsyncIterable<Uint8Array>;
  /**
   * Writes the same bytes into a file from byte `position` on, directly from the files that hold them. It may return
   * before all bytes are written; they are when `gather` returns.
   */
  copy?(start: number, end: number, output: GatherWriter, position: number): Promise<void>;
  /**
   * The same bytes as contents, one after the other. Most of these keep their names when the whole gets another one, so
   * that what is known of them stays known.
   */
  readonly parts?: readonly Content[];
}

/** The bytes of one file: a slice of a source. Nothing is read until a writer asks. */
export interface Content {
  readonly source: ByteSource;
  /** Bytes from the source's start. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** Yields all bytes of a content, in order. The reader may keep the chunks. */
export function readContent({ source, offset, size }: Content): AsyncIterable<Uint8Array> {
  return source.read(offset, offset + size);
}

/** Yields all bytes of a content, in order; a chunk is valid only until the next one is asked for. */
export function lendContent({ source, offset, size }: Content): AsyncIterable<Uint8Array> {
  return source.lend ? source.lend(offset, offset + size) : source.read(offset, offset + size);
}

/** Whether two contents are the same slice of the same bytes, by `id`, offset and size. Reads nothing. */
export function sameContent(a: Content | undefined, b: Content | undefined): boolean {
  const sizeA = a?.size ?? 0;
  const sizeB = b?.size ?? 0;
  if (sizeA === 0 || sizeB === 0) return sizeA === sizeB;
  return sizeA === sizeB && a!.offset === b!.offset && a!.source.id === b!.source.id;
}

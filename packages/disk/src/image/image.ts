import { createHash } from 'node:crypto';
import type { ByteSource, Content } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { zeros } from './zeros.js';

/** A content at its place in an image. */
export interface Extent {
  /** Bytes from the image's start. */
  readonly offset: number;
  readonly content: Content;
}

/**
 * A volume or a disk: extents over zeros, whose contents are read when a writer asks. Extents are sorted, do not
 * overlap, are not empty and end within `size`; `makeImage` ensures it.
 */
export interface Image {
  /** Bytes. */
  readonly size: number;
  readonly extents: readonly Extent[];
}

/**
 * An image of extents in any order; empty ones are left out.
 *
 * @throws RangeError if extents overlap or end beyond `size`.
 */
export function makeImage(size: number, extents: Iterable<Extent>): Image {
  const sorted = [...extents].filter(({ content }) => content.size > 0).sort((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, content } of sorted) {
    if (offset < end)
      throw new RangeError(`extents overlap: one starts at ${offset}, the last ends at ${end}`);
    end = offset + content.size;
  }
  if (end > size) throw new RangeError(`an extent ends at ${end}, beyond the image's ${size} bytes`);
  return { size, extents: sorted };
}

/** An image of `size` bytes with whole images at given byte offsets, such as partitions in a disk. Throws RangeError. */
export function placeImages(size: number, parts: Iterable<{ offset: number; image: Image }>): Image {
  const extents: Extent[] = [];
  for (const { offset, image } of parts) {
    for (const extent of image.extents) {
      extents.push({ offset: offset + extent.offset, content: extent.content });
    }
  }
  return makeImage(size, extents);
}

/** The extents of an image between two bytes, at their places; those that cross a border are cut. */
export function partOf({ extents }: Image, start: number, end: number): Extent[] {
  return extents.flatMap(({ offset, content }) => {
    const from = Math.max(offset, start);
    const to = Math.min(offset + content.size, end);
    if (from >= to) return [];
    const cut = { ...content, offset: content.offset + from - offset, size: to - from };
    return [{ offset: from, content: cut.size === content.size ? content : cut }];
  });
}

/**
 * Yields the bytes from `start` up to, not including, `end`, with holes as zeros, in chunks of any size.
 *
 * @throws DiskError `short-content` if a source gives fewer or more bytes than its size says.
 */
export function readImage(image: Image, start = 0, end = image.size): AsyncIterable<Uint8Array> {
  return bytesOf(image, start, end, readSlice);
}

/** Like `readImage`, but a chunk is valid only until the next one is asked for. */
export function lendImage(image: Image, start = 0, end = image.size): AsyncIterable<Uint8Array> {
  return bytesOf(image, start, end, lendSlice);
}

async function* bytesOf(
  image: Image,
  start: number,
  end: number,
  slice: typeof readSlice,
): AsyncIterable<Uint8Array> {
  let at = start;
  for (let i = firstExtentAfter(image.extents, start); i < image.extents.length && at < end; i++) {
    const { offset, content } = image.extents[i]!;
    if (offset >= end) break;
    yield* zeros(offset - at);
    at = Math.max(at, offset);
    const stop = Math.min(end, offset + content.size);
    yield* slice(content, at - offset, stop - offset);
    at = stop;
  }
  yield* zeros(end - at);
}

/** Yields a slice of a content. Fails if its source gives another number of bytes, which would shift all that follows. */
export function readSlice(content: Content, start = 0, end = content.size): AsyncIterable<Uint8Array> {
  const { source, offset } = content;
  return exactly(end - start, source.id, source.read(offset + start, offset + end));
}

/** Like `readSlice`, but a chunk is valid only until the next one is asked for. */
export function lendSlice(content: Content, start = 0, end = content.size): AsyncIterable<Uint8Array> {
  if (!content.source.lend) return readSlice(content, start, end);
  const { source, offset } = content;
  return exactly(end - start, source.id, content.source.lend(offset + start, offset + end));
}

async function* exactly(
  size: number,
  id: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  let left = size;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    if (chunk.length > 0) yield chunk;
  }
  if (left !== 0) {
    throw new DiskError('short-content', `${id}: expected ${size} bytes, got ${size - left}`);
  }
}

/** Reads a slice into memory; it is for headers and boot loaders, never for payload. */
export async function readBytes(content: Content, start = 0, end = content.size): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readSlice(content, start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const images = new WeakMap<ByteSource, Image>();

/** The image as a content, so that it can be a file of another file system. */
export function imageContent(image: Image): Content {
  const source: ByteSource = {
    id: imageId(image),
    size: image.size,
    read: (start, end) => readImage(image, start, end),
    lend: (start, end) => lendImage(image, start, end),
  };
  images.set(source, image);
  return { source, offset: 0, size: image.size };
}

/** The image that a content consists of, if any. A writer takes its extents one by one, as they may have `copy`. */
export function imageOf({ source, offset, size }: Content): Image | undefined {
  const image = images.get(source);
  return offset === 0 && image?.size === size ? image : undefined;
}

/** What a content has of the image that it is a slice of, at places in the content; undefined for other contents. */
export function extentsOf({ source, offset, size }: Content): Extent[] | undefined {
  const image = images.get(source);
  return (
    image &&
    partOf(image, offset, offset + size).map((extent) => ({ ...extent, offset: extent.offset - offset }))
  );
}

/**
 * A digest over the ids and places of the image's contents. All ids inside of images (GUIDs, volume serial numbers) are
 * derived from it, so they change with the content and with nothing else.
 */
export function imageId({ size, extents }: Image): string {
  const hash = createHash('sha256').update(`image ${size}\n`);
  for (const { offset, content } of extents) {
    hash.update(`${offset} ${content.offset} ${content.size} ${content.source.id}\n`);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** Index of the first extent that ends after `at`, by binary search: images of large trees are read piece by piece. */
function firstExtentAfter(extents: readonly Extent[], at: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { offset, content } = extents[middle]!;
    if (offset + content.size > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

import type { Content } from '@nx-linuxkit/tree';
import { extentsOf, type Extent } from './image.js';

/** The extents of an image, in order, each content of which is made of no other one. */
export function* leavesOf(extents: Iterable<Extent>, base = 0): Generator<Extent> {
  for (const { offset, content } of extents) {
    const inner = extentsOf(content) ?? partsOf(content);
    if (inner) yield* leavesOf(inner, base + offset);
    else yield { offset: base + offset, content };
  }
}

/** A slice of a content, in bytes from its start. */
export function cut(content: Content, start: number, end: number): Content {
  return { source: content.source, offset: content.offset + start, size: end - start };
}

/** What a content has of the parts of its source; undefined for a source without parts. */
function partsOf({ source, offset, size }: Content): Extent[] | undefined {
  let at = -offset;
  return source.parts?.flatMap((part) => {
    const place = at;
    at += part.size;
    const [start, end] = [Math.max(place, 0), Math.min(at, size)];
    return start < end ? [{ offset: start, content: cut(part, start - place, end - place) }] : [];
  });
}

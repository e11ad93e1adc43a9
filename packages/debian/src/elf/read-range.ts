import type { Content } from '@nx-linuxkit/tree';

/** Bytes of a content from `start` up to `end`, cut at its end. */
export async function readRange(
  { source, offset, size }: Content,
  start: number,
  end: number,
): Promise<Buffer> {
  const from = Math.min(Math.max(start, 0), size);
  const to = Math.min(Math.max(end, from), size);
  if (from === to) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(offset + from, offset + to)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

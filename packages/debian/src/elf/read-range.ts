import type { Content } from '@nx-linuxkit/tree';

/** Reads the bytes of a content from `start` up to, not including, `end`, or fewer if it ends before. */
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

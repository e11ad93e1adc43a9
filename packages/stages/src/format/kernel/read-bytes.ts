import type { Content } from '@nx-linuxkit/tree';

/** Reads a few bytes of a content into one buffer; fewer where the content ends. */
export async function readBytes(
  { source, offset, size }: Content,
  start: number,
  length: number,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const end = Math.min(start + length, size);
  for await (const chunk of source.read(offset + start, offset + Math.max(start, end))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

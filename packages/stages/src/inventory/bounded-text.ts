import { gunzipSync } from 'node:zlib';
import { readContent, type Content } from '@nx-linuxkit/tree';

/** Bytes of a content from `start` up to, not including, `end`, or fewer where it ends before. */
export async function rangeOf(
  { source, offset, size }: Content,
  start: number,
  end: number,
): Promise<Buffer> {
  const from = Math.min(Math.max(start, 0), size);
  const to = Math.min(Math.max(end, from), size);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read(offset + from, offset + to)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

/** The text of a content of at most `limit` bytes; undefined for a larger one. */
export async function boundedText(content: Content, limit: number): Promise<string | undefined> {
  if (content.size > limit) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(content)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** The text in a gzip file, of at most `limit` bytes; undefined for a larger or damaged one. */
export async function boundedGunzip(content: Content, limit: number): Promise<string | undefined> {
  if (content.size > limit) return undefined;
  try {
    const packed = await rangeOf(content, 0, content.size);
    return gunzipSync(packed, { maxOutputLength: limit }).toString('utf8');
  } catch {
    return undefined;
  }
}

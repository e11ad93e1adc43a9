import {
  applyLayers,
  readContent,
  TarIndexer,
  type ByteSource,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import { compressionOf, decompress } from '@nx-linuxkit/oci/decompress';

/** Uncompressed bytes that were kept for later reads. */
export type Unpacked = ByteSource;

/** Bytes at the start of a file by which its kind is recognised: a tar has its magic number at 257. */
const START = 512;

/**
 * The tree of a tar archive, compressed with gzip, zstd or not at all; undefined for any other file. Names that lead out
 * of the archive throw TreeError.
 */
export async function unpackArchive(
  { type, content }: Inode,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<Unpacked>,
): Promise<Tree | undefined> {
  if (type !== 'file' || !content) return undefined;
  const start = await firstBytes(readContent(content));
  const compression = compressionOf(start);
  if (compression === 'none' && !isTar(start)) return undefined;
  if (
    compression !== 'none' &&
    !isTar(await firstBytes(decompress(readContent(content))).catch(() => start))
  ) {
    return undefined;
  }
  const source = await keep(decompress(readContent(content)));
  const indexer = new TarIndexer();
  for await (const chunk of source.read(0, source.size)) indexer.write(chunk);
  const index = { diffID: source.id, size: source.size, entries: indexer.end() };
  return applyLayers([index], { open: () => source }).tree;
}

async function firstBytes(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= START) break;
  }
  return Buffer.concat(chunks).subarray(0, START);
}

function isTar(start: Buffer): boolean {
  return start.toString('latin1', 257, 262) === 'ustar';
}

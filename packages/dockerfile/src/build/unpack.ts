import {
  applyLayers,
  readContent,
  TarIndexer,
  type ByteSource,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';
import { compressionOf, decompress, foreignCompressionOf } from '@nx-linuxkit/oci/decompress';
import { DockerfileError } from '../error.js';

/** Uncompressed bytes that were kept for later reads. */
export type Unpacked = ByteSource;

/** Bytes at the start of a file by which its kind is recognised: a tar has its magic number at 257. */
const START = 512;

/**
 * The tree of a tar archive, compressed with gzip, xz, zstd or not at all; undefined for any other file. Names that lead out
 * of the archive throw TreeError. Throws DockerfileError `unsupported` for bzip2, which Docker unpacks too, and OciError for
 * bytes that are damaged.
 */
export async function unpackArchive(
  { type, content }: Inode,
  keep: (bytes: AsyncIterable<Uint8Array>) => Promise<Unpacked>,
): Promise<Tree | undefined> {
  if (type !== 'file' || !content) return undefined;
  const start = await firstBytes(readContent(content));
  const open = await opener(start);
  if (!isTar(await firstBytes(open(readContent(content))).catch(() => start))) return undefined;
  const source = await keep(open(readContent(content)));
  const indexer = new TarIndexer();
  for await (const chunk of source.read(0, source.size)) indexer.write(chunk);
  const index = { diffID: source.id, size: source.size, entries: indexer.end() };
  return applyLayers([index], { open: () => source }).tree;
}

type Open = (bytes: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

/** What decompresses a file that begins with these bytes. */
async function opener(start: Buffer): Promise<Open> {
  if (compressionOf(start) !== 'none') return decompress;
  const foreign = foreignCompressionOf(start);
  // Few archives are xz, and its decoder is WebAssembly.
  if (foreign === 'xz') return (await import('./unxz.js')).unxz;
  if (foreign !== 'bzip2') return (bytes) => bytes;
  throw new DockerfileError(
    'unsupported',
    'an archive is compressed with bzip2, which is not unpacked here',
    {
      hint: 'Compress it with gzip, xz or zstd; or COPY it if it is to stay as it is.',
    },
  );
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

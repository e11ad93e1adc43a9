import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Fault } from '@nx-linuxkit/errors';
import { BlockIndexer, DeflateError, inflate, type BlockIndex } from '@nx-linuxkit/deflate';
import type { Checksum } from '@nx-linuxkit/oci';
import { BombGuard, compressionOf, decompress, prepend } from '@nx-linuxkit/oci/decompress';
import { LayerIndexText, TarIndexer, TreeError } from '@nx-linuxkit/tree/layer';
import type { LayerEntry } from '@nx-linuxkit/tree';
import { piecesOf, type GrowingFile } from './growing-file.js';
import { KeptBytes } from './kept-bytes.js';

export interface LayerRequest {
  readonly blob: GrowingFile;
  /** Path for the uncompressed bytes, if they are kept. */
  readonly kept: string;
  /** Keeps them whatever the layer holds. */
  readonly always: boolean;
  /** Path for the index, as `LayerIndexText` writes it. */
  readonly index: string;
}

export interface LayerAnswer {
  /** The blob's, in hexadecimal. */
  readonly blobSha256: string;
  /** That of the uncompressed bytes, in hexadecimal. */
  readonly sha256: string;
  /** Uncompressed bytes. */
  readonly size: number;
  /** Checksum of the file that was kept, if one was. */
  readonly kept?: Checksum;
  /** Where the layer's large files can be copied without being decoded again. */
  readonly blocks?: BlockIndex;
}

/** An error as plain data, because an error loses its class between threads. */
export interface LayerFault {
  readonly fault: {
    readonly of: 'oci' | 'tree';
    readonly code: string;
    readonly message: string;
    readonly hint?: string;
  };
}

/** Reads a layer once, in a thread: inflates, hashes, indexes and keeps it, in memory that its size does not change. */
export default async function readLayer(request: LayerRequest): Promise<LayerAnswer | LayerFault> {
  try {
    return await pass(request);
  } catch (error) {
    if (error instanceof DeflateError) return { fault: compressionFault(error) };
    if (!(error instanceof Fault)) throw error;
    const { code, message, hint } = error;
    return { fault: { of: error instanceof TreeError ? 'tree' : 'oci', code, message, hint } };
  }
}

async function pass({ blob, kept: path, always, index }: LayerRequest): Promise<LayerAnswer> {
  const [compressed, plain] = [createHash('sha256'), createHash('sha256')];
  const kept = new KeptBytes(path, always);
  const file = openSync(index, 'w');
  const text = new LayerIndexText((piece, position) => writeAt(file, piece, position));
  const take = (entry: LayerEntry) => {
    kept.see(entry.path);
    text.add(entry);
  };
  const indexer = new TarIndexer({ take });
  const blocks = new BlockIndexer(() => indexer.fileStart);
  let size = 0;
  const observed = async function* () {
    for await (const piece of piecesOf(blob)) {
      compressed.update(piece);
      yield piece;
    }
  };
  const read = (bytes: Uint8Array) => {
    plain.update(bytes);
    indexer.write(bytes);
    kept.write(bytes);
    size += bytes.length;
  };
  try {
    await decode(observed(), read, blocks);
    indexer.end();
    const sha256 = plain.digest('hex');
    text.finish({ diffID: `sha256:${sha256}`, size });
    const blobSha256 = compressed.digest('hex');
    return { blobSha256, sha256, size, kept: kept.finish(), blocks: blocks.finish() };
  } catch (error) {
    kept.discard();
    throw error;
  } finally {
    closeSync(file);
  }
}

function writeAt(file: number, piece: Uint8Array, position: number): void {
  for (let at = 0; at < piece.length;) at += writeSync(file, piece, at, piece.length - at, position + at);
}

/** Decodes by the first bytes, as container runtimes do. `take` gets views of a buffer that is used again. */
async function decode(
  blob: AsyncGenerator<Uint8Array>,
  take: (bytes: Uint8Array) => void,
  blocks: BlockIndexer,
): Promise<void> {
  try {
    const { value: first } = await blob.next();
    if (!first) return;
    const whole = prepend(first, blob);
    if (compressionOf(first) === 'gzip') return await inflateGuarded(whole, take, blocks);
    for await (const bytes of decompress(copied(whole))) take(bytes);
  } finally {
    await blob.return(undefined);
  }
}

/** Guards against decompression bombs: `inflate` itself has no limit, unlike `decompress`. */
async function inflateGuarded(
  gzip: AsyncIterable<Uint8Array>,
  take: (bytes: Uint8Array) => void,
  blocks: BlockIndexer,
): Promise<void> {
  const guard = new BombGuard();
  let taken = 0;
  const counted = async function* () {
    for await (const piece of gzip) {
      taken += piece.length;
      yield piece;
    }
  };
  const guarded = (bytes: Uint8Array) => {
    guard.add(bytes.length, taken);
    take(bytes);
  };
  await inflate(counted(), guarded, blocks);
}

/** Copies each piece, for a decoder that holds on to its input. */
async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

function compressionFault({ code, message, hint }: DeflateError): LayerFault['fault'] {
  if (code === 'truncated') return { of: 'oci', code, message: 'the compressed layer ends too early' };
  return {
    of: 'oci',
    code: 'invalid-compression',
    message: `the compressed layer is damaged: ${message}`,
    hint,
  };
}

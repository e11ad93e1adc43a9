import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { transcodeFile, type Op } from '@nx-linuxkit/deflate';
import { VerifiedBytes, decompress, type Descriptor, type ImageSource, type Store } from '@nx-linuxkit/oci';
import {
  TarIndexer,
  fileSource,
  parseLayerIndex,
  serialiseLayerIndex,
  type ByteSource,
  type FileSource,
  type LayerIndex,
} from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import { ByteQueue } from './byte-queue.js';
import { KeptBytes } from './kept-bytes.js';

/** A layer of an image: its blob, and what the config says its bytes are when decompressed. */
export interface Layer {
  readonly blob: Descriptor;
  readonly diffID: string;
}

/** What bringing layers cost, for the log. */
export interface LayerCosts {
  fetched: number;
}

/** What was really done to layers, which a test can count: time would depend on the machine. */
export interface LayerWork {
  blobsFetched: number;
  bytesFetched: number;
  /** Uncompressed bytes that came out of deflate: a layer once when it is brought, once for each part. */
  bytesInflated: number;
}

/** Bumped when the index of a layer takes another form; part of its name in the store. */
const INDEX_VERSION = 1;

/**
 * The layers of images in the store: blobs as fetched, and what is derived from them. A layer is brought once
 * however many tasks ask at the same time.
 */
export class Layers {
  readonly work: LayerWork = { blobsFetched: 0, bytesFetched: 0, bytesInflated: 0 };
  private readonly bringing = new Map<string, Promise<void>>();
  private readonly opened = new Map<string, Promise<FileSource>>();

  constructor(private readonly store: Store) {}

  /**
   * One pass: fetch unless the store has the blob, verify it, inflate, check the diffID, index the tar. Nothing
   * when the store has the index already.
   */
  bring(layer: Layer, source: () => Promise<ImageSource>, costs: LayerCosts): Promise<void> {
    return once(this.bringing, layer.diffID, async () => {
      if (await this.store.find('index', indexKey(layer.diffID))) return;
      await this.pass(layer, source, costs, (bytes) => this.ingest(layer, bytes));
    });
  }

  async index({ diffID }: Layer): Promise<LayerIndex> {
    const path = await this.store.find('index', indexKey(diffID));
    if (!path) throw lost('the index of', diffID);
    return parseLayerIndex(await readFile(path, 'utf8'));
  }

  /** The uncompressed bytes at random, opened at the first read; inflated again if the store does not have them. */
  open(layer: Layer, source: () => Promise<ImageSource>): ByteSource {
    const read = (start: number, end: number) => this.read(layer, source, 'read', start, end);
    const lend = (start: number, end: number) => this.read(layer, source, 'lend', start, end);
    const copy: ByteSource['copy'] = async (start, end, output, position) =>
      (await this.file(layer, source)).copy(start, end, output, position);
    return { id: layer.diffID, size: Number.MAX_SAFE_INTEGER, read, lend, copy };
  }

  /** The blob as it is, verified while it is read; fetched if the store does not have it. */
  async blob({ blob }: Layer, source: () => Promise<ImageSource>): Promise<AsyncIterable<Uint8Array>> {
    await this.fetchBlob(blob, source);
    return this.store.read(blob.digest);
  }

  /**
   * Rewrites a gzip blob into a file, in a thread of its own; fetched if the store does not have it. The thread
   * hashes what it reads, so that bytes that are not the digest's never count.
   */
  async transcode(
    { blob, size }: Layer & { readonly size: number },
    source: () => Promise<ImageSource>,
    ops: Iterable<Op>,
    output: string,
  ): Promise<void> {
    await this.fetchBlob(blob, source);
    const path = this.store.blobPath(blob.digest);
    this.work.bytesInflated += size;
    const result = await transcodeFile(path, ops, output).catch((error: unknown) => ({ error }));
    if (!('error' in result) && blob.digest === `sha256:${result.inputSha256}`) return;
    await this.checkBlob(blob);
    throw 'error' in result ? result.error : lost('', blob.digest);
  }

  /** Closes the files of all layers. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    this.opened.clear();
    await Promise.all(opened.map((file) => (file.status === 'fulfilled' ? file.value.close() : undefined)));
  }

  private async fetchBlob(blob: Descriptor, source: () => Promise<ImageSource>): Promise<void> {
    if (await this.store.has(blob.digest, blob.size)) return;
    this.countFetch(blob);
    await this.store.write(blob, (await source()).blob(blob));
  }

  private countFetch({ size }: Descriptor): void {
    this.work.blobsFetched += 1;
    this.work.bytesFetched += size;
  }

  /** Reading finds out what is wrong with a blob, says so, and removes it. */
  private async checkBlob({ digest }: Descriptor): Promise<void> {
    const bytes = this.store.read(digest);
    while (!(await bytes.next()).done);
  }

  private async *read(
    layer: Layer,
    source: () => Promise<ImageSource>,
    how: 'read' | 'lend',
    start: number,
    end: number,
  ) {
    yield* (await this.file(layer, source))[how](start, end);
  }

  private file(layer: Layer, source: () => Promise<ImageSource>): Promise<FileSource> {
    return once(this.opened, layer.diffID, () => this.openFile(layer, source));
  }

  private async openFile(layer: Layer, source: () => Promise<ImageSource>): Promise<FileSource> {
    const key = layerKey(layer.diffID);
    if (!(await this.store.find('layer', key))) {
      await this.pass(layer, source, { fetched: 0 }, (bytes) => this.inflate(layer, bytes));
    }
    const path = await this.store.find('layer', key);
    if (!path) throw lost('', layer.diffID);
    return fileSource(path, { id: layer.diffID, size: (await stat(path)).size });
  }

  /** Runs the blob's bytes through `use`, from the store, or on their way from the registry into it. */
  private async pass(
    { blob }: Layer,
    source: () => Promise<ImageSource>,
    costs: LayerCosts,
    use: (blob: AsyncIterable<Uint8Array>) => Promise<void>,
  ): Promise<void> {
    if (await this.store.has(blob.digest, blob.size)) return use(this.store.read(blob.digest));
    costs.fetched += blob.size;
    this.countFetch(blob);
    const queue = new ByteQueue();
    const fetched = VerifiedBytes.of((await source()).blob(blob), blob).tap((chunk) => queue.push(chunk));
    const used = use(queue).catch((error: unknown) => {
      queue.abandon();
      return { error };
    });
    try {
      await this.store.write(blob, fetched);
      queue.close();
    } catch (error) {
      // Bytes that are not the ones expected explain whatever the reader made of them.
      queue.fail(error);
      await used;
      throw error;
    }
    const result = await used;
    if (result && 'error' in result) throw result.error;
  }

  private async ingest(layer: Layer, blob: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash('sha256');
    const indexer = new TarIndexer();
    const kept = new KeptBytes(await this.store.temp(), indexer);
    let size = 0;
    try {
      for await (const chunk of decompress(blob)) {
        hash.update(chunk);
        indexer.write(chunk);
        size += chunk.length;
        this.work.bytesInflated += chunk.length;
        await kept.write(chunk);
      }
      checkDiffID(layer, hash.digest('hex'));
      const index: LayerIndex = { diffID: layer.diffID, size, entries: indexer.end() };
      const file = await kept.finish();
      if (file) await this.store.put('layer', layerKey(layer.diffID), (path) => rename(file, path));
      const text = serialiseLayerIndex(index);
      await this.store.put('index', indexKey(layer.diffID), (path) => writeFile(path, text));
    } finally {
      await kept.discard();
    }
  }

  private async inflate(layer: Layer, blob: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash('sha256');
    const { work } = this;
    const hashed = async function* () {
      for await (const chunk of decompress(blob)) {
        hash.update(chunk);
        work.bytesInflated += chunk.length;
        yield chunk;
      }
    };
    await this.store.put('layer', layerKey(layer.diffID), async (path) => {
      await pipeline(
        Readable.from(hashed(), { objectMode: true, highWaterMark: 2 }),
        createWriteStream(path),
      );
      checkDiffID(layer, hash.digest('hex'));
    });
  }
}

function checkDiffID({ blob, diffID }: Layer, sha256: string): void {
  if (diffID === `sha256:${sha256}`) return;
  throw new StageError('bad-image', `layer ${blob.digest} holds sha256:${sha256}, expected ${diffID}`, {
    hint: 'The image was damaged before it was pushed: its config and its layers do not fit.',
  });
}

function lost(what: string, diffID: string): StageError {
  return new StageError('missing-file', `the store lost ${what} layer ${diffID} during the build`, {
    hint: 'Build again, and do not prune the store meanwhile.',
  });
}

function layerKey(diffID: string): string {
  return diffID.replace(':', '-');
}

function indexKey(diffID: string): string {
  return `${diffID.replace(':', '-')}-${INDEX_VERSION}`;
}

/** One promise for all who ask for the same; a failure is forgotten, so that the next one tries again. */
function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let promise = known.get(key);
  if (!promise) {
    promise = make();
    known.set(key, promise);
    promise.catch(() => known.delete(key));
  }
  return promise;
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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
import { StageError } from './error.js';

/** A layer of an image: its blob, and what the config says its bytes are when decompressed. */
export interface Layer {
  readonly blob: Descriptor;
  readonly diffID: string;
}

/** Bumped when the index of a layer takes another form; part of its name in the store. */
const INDEX_VERSION = 1;

/** What bringing layers cost, for the log. */
export interface LayerCosts {
  fetched: number;
  inflated: number;
}

/**
 * The layers of images in the store: blobs as fetched, uncompressed bytes and indexes derived from them. A
 * layer is brought once however many tasks ask at the same time.
 */
export class Layers {
  private readonly bringing = new Map<string, Promise<void>>();
  private readonly opened = new Map<string, Promise<FileSource>>();

  constructor(private readonly store: Store) {}

  /**
   * One pass: fetch unless the store has the blob, verify it, inflate, check the diffID, index the tar, keep
   * the uncompressed bytes. Nothing when the store has all that already.
   */
  bring(layer: Layer, source: () => ImageSource, costs: LayerCosts): Promise<void> {
    const known = this.bringing.get(layer.diffID);
    if (known) return known;
    const promise = this.derive(layer, source, costs).catch((error) => {
      this.bringing.delete(layer.diffID);
      throw error;
    });
    this.bringing.set(layer.diffID, promise);
    return promise;
  }

  async index({ diffID }: Layer): Promise<LayerIndex> {
    const path = await this.store.find('index', indexKey(diffID));
    if (!path)
      throw new StageError('missing-file', `the store lost the index of layer ${diffID} during the build`);
    return parseLayerIndex(await readFile(path, 'utf8'));
  }

  /** The uncompressed bytes at random, opened at the first read; brings the layer again if the store lost it. */
  open(layer: Layer, source: () => ImageSource): ByteSource {
    const read = (start: number, end: number) => this.read(layer, source, start, end);
    return { id: layer.diffID, size: Number.MAX_SAFE_INTEGER, read };
  }

  /** Closes the files of all layers. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    this.opened.clear();
    await Promise.all(opened.map((file) => (file.status === 'fulfilled' ? file.value.close() : undefined)));
  }

  private async *read(layer: Layer, source: () => ImageSource, start: number, end: number) {
    let opened = this.opened.get(layer.diffID);
    if (!opened) {
      opened = this.openFile(layer, source);
      this.opened.set(layer.diffID, opened);
    }
    yield* (await opened).read(start, end);
  }

  private async openFile(layer: Layer, source: () => ImageSource): Promise<FileSource> {
    await this.bring(layer, source, { fetched: 0, inflated: 0 });
    const path = await this.store.find('layer', layerKey(layer.diffID));
    if (!path) throw new StageError('missing-file', `the store lost layer ${layer.diffID} during the build`);
    return fileSource(path, { id: layer.diffID, size: (await stat(path)).size });
  }

  /** The blob as it is, verified; fetched if the store lost it. */
  async blob({ blob }: Layer, source: () => ImageSource): Promise<AsyncIterable<Uint8Array>> {
    if (!(await this.store.has(blob.digest, blob.size))) await this.store.write(blob, source().blob(blob));
    return this.store.read(blob.digest);
  }

  private async derive(layer: Layer, source: () => ImageSource, costs: LayerCosts): Promise<void> {
    const [index, bytes] = await Promise.all([
      this.store.find('index', indexKey(layer.diffID)),
      this.store.find('layer', layerKey(layer.diffID)),
    ]);
    if (index && bytes) return;
    const { blob } = layer;
    if (await this.store.has(blob.digest, blob.size)) {
      await this.ingest(layer, this.store.read(blob.digest), costs);
      return;
    }
    costs.fetched += blob.size;
    const queue = new ByteQueue();
    const fetched = VerifiedBytes.of(source().blob(blob), blob).tap((chunk) => queue.push(chunk));
    const ingested = this.ingest(layer, queue, costs).catch((error: unknown) => {
      queue.abandon();
      return { error };
    });
    try {
      await this.store.write(blob, fetched);
      queue.close();
    } catch (error) {
      // Bytes that are not the ones expected explain whatever the reader made of them.
      queue.fail(error);
      await ingested;
      throw error;
    }
    const result = await ingested;
    if (result && 'error' in result) throw result.error;
  }

  private async ingest(layer: Layer, blob: AsyncIterable<Uint8Array>, costs: LayerCosts): Promise<void> {
    const hash = createHash('sha256');
    const indexer = new TarIndexer();
    let size = 0;
    const observed = async function* () {
      for await (const chunk of decompress(blob)) {
        hash.update(chunk);
        indexer.write(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    await this.store.put('layer', layerKey(layer.diffID), async (path) => {
      const readable = Readable.from(observed(), { objectMode: true, highWaterMark: 2 });
      await pipeline(readable, createWriteStream(path));
      const actual = `sha256:${hash.digest('hex')}`;
      if (actual !== layer.diffID) {
        throw new StageError(
          'bad-image',
          `layer ${layer.blob.digest} holds ${actual}, expected ${layer.diffID}`,
          {
            hint: 'The image was damaged before it was pushed: its config and its layers do not fit.',
          },
        );
      }
    });
    const index: LayerIndex = { diffID: layer.diffID, size, entries: indexer.end() };
    await this.store.put('index', indexKey(layer.diffID), (path) =>
      writeFile(path, serialiseLayerIndex(index)),
    );
    costs.inflated += size;
  }
}

function layerKey(diffID: string): string {
  return diffID.replace(':', '-');
}

function indexKey(diffID: string): string {
  return `${diffID.replace(':', '-')}-${INDEX_VERSION}`;
}

/** Hands chunks from one loop to another; the writer waits while the reader is behind. */
class ByteQueue implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private abandoned = false;
  private error: unknown;

  async push(chunk: Uint8Array): Promise<void> {
    if (this.abandoned) return;
    this.chunks.push(chunk);
    this.wake();
    while (this.chunks.length > QUEUED && !this.abandoned) await this.changed();
  }

  close(): void {
    this.ended = true;
    this.wake();
  }

  fail(error: unknown): void {
    this.error = error;
    this.close();
  }

  /** The reader is gone: the writer goes on alone. */
  abandon(): void {
    this.abandoned = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk) {
        this.wake();
        yield chunk;
      } else if (this.ended) {
        if (this.error !== undefined) throw this.error;
        return;
      } else {
        await this.changed();
      }
    }
  }

  private changed(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        this.wake = () => undefined;
        before();
        resolve();
      };
    });
  }
}

/** Chunks that may wait: enough to keep both sides busy, at most a few MiB. */
const QUEUED = 16;

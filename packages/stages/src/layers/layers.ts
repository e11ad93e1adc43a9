import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { inThread, transcodeFile, type Op, type Written } from '@nx-linuxkit/deflate';
import {
  OciError,
  once,
  type Descriptor,
  type Digest,
  type ImageSource,
  type OciErrorCode,
  type Store,
} from '@nx-linuxkit/oci';
import type { ByteSource, LayerIndex } from '@nx-linuxkit/tree';
import {
  TreeError,
  fileSource,
  parseLayerIndex,
  type FileSource,
  type TreeErrorCode,
} from '@nx-linuxkit/tree/layer';
import { StageError } from '../error.js';
import type { GrowingFile, Growth } from './growing-file.js';
import { KnownBlocks } from './known-blocks.js';
import type { LayerAnswer, LayerFault, LayerRequest } from './read-layer.js';
import { READ_LAYER } from './threads.js';

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
  /**
   * Uncompressed bytes that came out of deflate: a layer once when it is brought, and for each part what of it was not
   * copied undecoded.
   */
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
  private readonly blocks = new KnownBlocks();

  constructor(private readonly store: Store) {}

  /**
   * One pass: fetch unless the store has the blob, verify it, and meanwhile inflate, check the diffID, index the tar.
   * Nothing when the store has the index already.
   */
  bring(layer: Layer, source: () => Promise<ImageSource>, costs: LayerCosts): Promise<void> {
    return once(this.bringing, layer.diffID, async () => {
      if (await this.store.find('index', indexKey(layer.diffID))) return;
      await this.pass(layer, source, costs, false);
    });
  }

  async index({ diffID }: Layer): Promise<LayerIndex> {
    const path = await this.store.find('index', indexKey(diffID));
    if (!path) throw lost('the index of', diffID);
    return parseLayerIndex(await readFile(path, 'utf8'));
  }

  /** The uncompressed bytes at random, opened at the first read; inflated again if the store does not have them. */
  open(layer: Layer, source: () => Promise<ImageSource>): ByteSource {
    const read = (start: number, end: number) => this.readFile(layer, source, 'read', start, end);
    const lend = (start: number, end: number) => this.readFile(layer, source, 'lend', start, end);
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
   * hashes what it reads, so that bytes that are not the digest's never count. `begun` is called when it is a thread's.
   */
  async transcode(
    { blob, size }: Layer & { readonly size: number },
    source: () => Promise<ImageSource>,
    ops: Iterable<Op>,
    output: string,
    begun: () => void,
  ): Promise<Written> {
    await this.fetchBlob(blob, source);
    const path = this.store.blobPath(blob.digest);
    const blocks = this.blocks.of(blob.digest);
    const making = transcodeFile(path, ops, output, blocks).catch((error: unknown) => ({ error }));
    begun();
    const result = await making;
    this.work.bytesInflated += 'error' in result ? size : size - (result.skipped ?? 0);
    if (!('error' in result) && blob.digest === `sha256:${result.inputSha256}`) return result;
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

  private async *readFile(
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
      await this.pass(layer, source, { fetched: 0 }, true);
    }
    const path = await this.store.find('layer', key);
    if (!path) throw lost('', layer.diffID);
    return fileSource(path, { id: layer.diffID, size: (await stat(path)).size });
  }

  /** Reads a layer in a thread: its blob in the store, or on its way from the registry into it. */
  private async pass(
    layer: Layer,
    source: () => Promise<ImageSource>,
    costs: LayerCosts,
    always: boolean,
  ): Promise<void> {
    const { blob, diffID } = layer;
    const kept = await this.store.temp();
    try {
      const read = (await this.store.has(blob.digest, blob.size))
        ? await this.readStored(layer, kept, always)
        : await this.readAlong(layer, source, costs, kept, always);
      this.work.bytesInflated += read.size;
      this.blocks.add(blob.digest, read.blocks);
      checkDiffID(layer, read.sha256);
      if (read.kept) {
        const moved = (path: string) => rename(kept, path).then(() => read.kept);
        await this.store.put('layer', layerKey(diffID), moved);
      }
      await this.store.put('index', indexKey(diffID), (path) => writeFile(path, read.index));
    } finally {
      await rm(kept, { force: true });
    }
  }

  private async readAlong(
    layer: Layer,
    source: () => Promise<ImageSource>,
    costs: LayerCosts,
    kept: string,
    always: boolean,
  ): Promise<LayerAnswer> {
    const { blob } = layer;
    costs.fetched += blob.size;
    this.countFetch(blob);
    const { port1: writer, port2: growth } = new MessageChannel();
    const tell = (message: Growth) => writer.postMessage(message);
    // At once: a thread takes as long to start as a registry to answer.
    const file = { path: this.store.blobPath(blob.digest), growth };
    const reading = read(layer, file, kept, always).catch((error: unknown) => ({ error }));
    const digest = async (): Promise<Digest | undefined> => {
      tell('complete');
      const answer = await reading;
      return 'error' in answer ? undefined : `sha256:${answer.blobSha256}`;
    };
    try {
      const grew = (path: string, size: number) => tell({ path, size });
      await this.store.write(blob, (await source()).blob(blob), { grew, digest });
    } catch (error) {
      // Bytes that are not the ones expected explain whatever the reader made of them.
      tell('failed');
      await reading;
      throw error;
    }
    const answer = await reading;
    if ('error' in answer) throw answer.error;
    return answer;
  }

  private async readStored(layer: Layer, kept: string, always: boolean): Promise<LayerAnswer> {
    const { blob } = layer;
    const file = { path: this.store.blobPath(blob.digest) };
    const answer = await read(layer, file, kept, always).catch((error: unknown) => ({ error }));
    if (!('error' in answer) && blob.digest === `sha256:${answer.blobSha256}`) return answer;
    await this.checkBlob(blob);
    throw 'error' in answer ? answer.error : lost('', blob.digest);
  }
}

/** The thread hashes the blob too, so that bytes that are not the digest's never count. */
async function read({ blob }: Layer, file: GrowingFile, kept: string, always: boolean): Promise<LayerAnswer> {
  const request: LayerRequest = { blob: file, kept, always };
  const answer = await inThread<LayerAnswer | LayerFault>(READ_LAYER, request, {
    transfer: file.growth ? [file.growth] : [],
    weight: blob.size,
  });
  if ('fault' in answer) throw errorOf(answer);
  return answer;
}

function errorOf({ fault: { of, code, message, hint } }: LayerFault): Error {
  return of === 'tree'
    ? new TreeError(code as TreeErrorCode, message, { hint })
    : new OciError(code as OciErrorCode, message, { hint });
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

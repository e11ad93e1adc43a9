import { open, readFile, stat } from 'node:fs/promises';
import { transcodeFile, type Op, type Written } from '@nx-linuxkit/deflate';
import { once, type Descriptor, type ImageSource, type Store } from '@nx-linuxkit/oci';
import { compressionOf, type Compression } from '@nx-linuxkit/oci/decompress';
import type { ByteSource, LayerIndex } from '@nx-linuxkit/tree';
import { fileSource, parseLayerIndex, type FileSource } from '@nx-linuxkit/tree/layer';
import { boundGarbage } from '../many-files.js';
import { SILENT, type Activity } from '../progress/activity.js';
import { KnownBlocks } from './known-blocks.js';
import type { Layer, LayerWork } from './layer.js';
import { checkBlob, indexKey, layerKey, lost, passOver, type PassOptions } from './layer-pass.js';
import { namingLayer } from './name-layer.js';

/** Gives the place that an image comes from, which is opened when the store lacks something. */
export type OpenSource = () => Promise<ImageSource>;

/** The layers of one image: blobs as fetched, and what is derived from them. */
export interface ImageLayers {
  /**
   * Fetches the layers that the store lacks, verifies, inflates and indexes them, side by side. Gives how many bytes
   * were fetched. Waits for all layers also when one fails, so that nothing is still written when the caller sees the
   * error.
   */
  bring(layers: readonly Layer[], activity: Activity): Promise<number>;
  /** The entries of a layer that was brought. */
  index(layer: Layer): Promise<LayerIndex>;
  /**
   * The uncompressed bytes, for reads at any offset. The layer is inflated and verified at the first read if the store
   * lacks its bytes or its index.
   */
  open(layer: Layer): ByteSource;
  /** The blob as it is, verified while it is read; fetched if the store lacks it. */
  blob(blob: Descriptor): Promise<AsyncIterable<Uint8Array>>;
  /** Tells whether the media type and the first bytes of a layer's blob say gzip: registries hold wrong types. */
  isGzip(layer: Layer): Promise<boolean>;
  /**
   * Rewrites a gzip blob into the file `output`, in a thread; the blob is fetched if the store lacks it. `size` is
   * that of the uncompressed layer. Calls `begun` once the thread has the job.
   */
  transcode(
    layer: Layer & { readonly size: number },
    ops: Iterable<Op>,
    output: string,
    begun: () => void,
  ): Promise<Written>;
}

/** The layers of all images in the store. A layer is brought once however many tasks ask for it at the same time. */
export class Layers {
  readonly work: LayerWork = { blobsFetched: 0, bytesFetched: 0, bytesInflated: 0 };
  private readonly bringing = new Map<string, Promise<number>>();
  private readonly opened = new Map<string, Promise<FileSource>>();
  private readonly blocks = new KnownBlocks();

  constructor(private readonly store: Store) {}

  /** The layers of an image that comes from a source. `image` names it in errors. */
  of(image: string, source: OpenSource): ImageLayers {
    const naming = <T>(layer: Layer, work: Promise<T>) => namingLayer(image, layer, work);
    return {
      bring: (layers, activity) =>
        this.bring(layers, (layer) => naming(layer, this.bringOne(layer, source, activity))),
      index: (layer) => this.index(layer),
      open: (layer) => this.open(layer, () => naming(layer, this.openOnce(layer, source))),
      blob: (blob) => this.blob(blob, source),
      isGzip: (layer) => naming(layer, this.isGzip(layer, source)),
      transcode: (layer, ops, output, begun) =>
        naming(layer, this.transcode(layer, source, ops, output, begun)),
    };
  }

  /** Closes the files of all layers. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.opened.values());
    this.opened.clear();
    await Promise.all(opened.map((file) => (file.status === 'fulfilled' ? file.value.close() : undefined)));
  }

  private async bring(
    layers: readonly Layer[],
    bringOne: (layer: Layer) => Promise<number>,
  ): Promise<number> {
    const brought = await Promise.allSettled(layers.map(bringOne));
    return brought.reduce((sum, result) => {
      if (result.status === 'rejected') throw result.reason;
      return sum + result.value;
    }, 0);
  }

  /** Gives the bytes fetched to the first who asks: for the others the layer was there already. */
  private async bringOne(layer: Layer, source: OpenSource, activity: Activity): Promise<number> {
    let fetched = 0;
    await once(this.bringing, indexKey(layer), async () => {
      if (await this.store.find('index', indexKey(layer))) return 0;
      return (fetched = await this.pass(layer, source, { keepAlways: false, activity }));
    });
    return fetched;
  }

  private async index(layer: Layer): Promise<LayerIndex> {
    const path = await this.store.find('index', indexKey(layer));
    if (!path) throw lost('the index of', layer.diffID);
    const text = await readFile(path);
    boundGarbage(text.length);
    return parseLayerIndex(text);
  }

  private openOnce(layer: Layer, source: OpenSource): Promise<FileSource> {
    return once(this.opened, indexKey(layer), () => this.openFile(layer, source));
  }

  private open({ diffID }: Layer, file: () => Promise<FileSource>): ByteSource {
    return {
      id: diffID,
      size: Number.MAX_SAFE_INTEGER,
      async *read(start, end) {
        yield* (await file()).read(start, end);
      },
      async *lend(start, end) {
        yield* (await file()).lend(start, end);
      },
      async copy(start, end, output, position) {
        await (await file()).copy(start, end, output, position);
      },
    };
  }

  private async openFile(layer: Layer, source: OpenSource): Promise<FileSource> {
    const key = layerKey(layer.diffID);
    const isBound = (await this.store.find('index', indexKey(layer))) !== undefined;
    if (!isBound || !(await this.store.find('layer', key)))
      await this.pass(layer, source, { keepAlways: true, activity: SILENT });
    const path = await this.store.find('layer', key);
    if (!path) throw lost('', layer.diffID);
    return fileSource(path, { id: layer.diffID, size: (await stat(path)).size });
  }

  private async blob(blob: Descriptor, source: OpenSource): Promise<AsyncIterable<Uint8Array>> {
    await this.fetchBlob(blob, source);
    return this.store.read(blob.digest);
  }

  private async isGzip({ blob }: Layer, source: OpenSource): Promise<boolean> {
    if (!/[.+]gzip$/.test(blob.mediaType)) return false;
    await this.fetchBlob(blob, source);
    if ((await firstCompression(this.store.blobPath(blob.digest))) === 'gzip') return true;
    // A blob that was damaged on this disk may begin otherwise than the blob that the digest names.
    await checkBlob(this.store, blob);
    return false;
  }

  /** The thread hashes what it reads, so that bytes other than the blob's never count. */
  private async transcode(
    { blob, size }: Layer & { readonly size: number },
    source: OpenSource,
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
    await checkBlob(this.store, blob);
    throw 'error' in result ? result.error : lost('', blob.digest);
  }

  private async fetchBlob(blob: Descriptor, source: OpenSource): Promise<void> {
    if (await this.store.has(blob.digest, blob.size)) return;
    this.countFetch(blob);
    await this.store.write(blob, (await source()).blob(blob));
  }

  /** Gives how many bytes were fetched. */
  private async pass(layer: Layer, source: OpenSource, options: PassOptions): Promise<number> {
    const stored = await this.store.has(layer.blob.digest, layer.blob.size);
    if (!stored) this.countFetch(layer.blob);
    const answer = await passOver(this.store, layer, stored ? undefined : source, options);
    this.work.bytesInflated += answer.size;
    this.blocks.add(layer.blob.digest, answer.blocks);
    return stored ? 0 : layer.blob.size;
  }

  private countFetch({ size }: Descriptor): void {
    this.work.blobsFetched += 1;
    this.work.bytesFetched += size;
  }
}

async function firstCompression(path: string): Promise<Compression> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(4);
    await file.read(start, 0, start.length, 0);
    return compressionOf(start);
  } finally {
    await file.close();
  }
}

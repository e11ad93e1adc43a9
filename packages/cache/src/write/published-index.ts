import { digestOf } from '@nx-linuxkit/oci';
import { readIndexBlob, writeIndexBlob, type PackList } from '../chunks/index-blob.js';
import { CacheError } from '../error.js';
import { readArtifact, writeArtifact, type Layer } from '../place/manifest.js';
import type { Blob, Place } from '../place/place.js';

/** Chunks of another size, or cut by other numbers, would have an index of their own. */
export const INDEX_TAG = 'chunks-8k-1';
const INDEX = 'application/vnd.nx-linuxkit.cache.index.v1';
/** Blobs that are together larger than this stay as they are; smaller ones are joined. */
const JOINED = 8 << 20;
/** Bytes of one blob that are read: a million chunks have 20 MB. */
const LIMIT = 64 << 20;
/** How often a list is written again because another writer has replaced it meanwhile. */
const ATTEMPTS = 4;
/** Milliseconds for one part of the index. */
const TIME_LIMIT = 60_000;

const deadline = () => performance.now() + TIME_LIMIT;

/**
 * The list of all chunks in a place, under one tag: blobs that never change, of which small ones are joined from time to
 * time. Only writers read it. Entries do not need it: what is lost of it is sent once more.
 */
export class PublishedIndex {
  private readonly seen = new Set<string>();

  constructor(private readonly place: Place) {}

  /** Reads what is new since the last call. */
  async refresh(add: (pack: PackList) => void): Promise<void> {
    for (const layer of await this.layers()) {
      if (this.seen.has(layer.digest)) continue;
      for (const pack of readIndexBlob(await readBlob(this.place, layer))) add(pack);
      this.seen.add(layer.digest);
    }
  }

  /** Adds packs to the list. */
  async publish(packs: readonly PackList[]): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const [kept, joined] = split(await this.layers());
      const parts = [];
      for (const layer of joined) parts.push(await readBlob(this.place, layer).catch(() => Buffer.alloc(0)));
      const own = await putLayer(this.place, Buffer.concat([...parts, writeIndexBlob(packs)]));
      await this.put([...kept, own]);
      this.seen.add(own.digest);
      // Another writer may have read the same list, and written its own one after this.
      if ((await this.layers()).some(({ digest }) => digest === own.digest)) return;
    }
  }

  /** Replaces the list by one of these packs alone. */
  async replace(keep: (pack: PackList) => boolean): Promise<void> {
    const layers = await this.layers();
    if (layers.length === 0) return;
    const packs: PackList[] = [];
    for (const layer of layers) packs.push(...readIndexBlob(await readBlob(this.place, layer)));
    await this.put([await putLayer(this.place, writeIndexBlob(packs.filter(keep)))]);
  }

  private async layers(): Promise<readonly Layer[]> {
    const bytes = await this.place.manifest(INDEX_TAG, deadline());
    return bytes ? readArtifact(bytes, INDEX).layers : [];
  }

  private async put(layers: readonly Layer[]): Promise<void> {
    await this.place.putManifest(INDEX_TAG, writeArtifact({ artifactType: INDEX, layers, annotations: {} }));
  }
}

/** The blobs that stay, and those at the end that are small enough to be joined. */
function split(layers: readonly Layer[]): [Layer[], Layer[]] {
  let [at, size] = [layers.length, 0];
  // A blob is joined with what is not much smaller, so that each byte is sent again a few times only.
  while (at > 0 && layers[at - 1].size <= Math.max(2 * size, 4096) && size + layers[at - 1].size <= JOINED) {
    at--;
    size += layers[at].size;
  }
  return [layers.slice(0, at), layers.slice(at)];
}

async function putLayer(place: Place, bytes: Buffer): Promise<Layer> {
  const layer = { mediaType: INDEX, digest: digestOf(bytes), size: bytes.length };
  await place.putBlob(layer, async function* () {
    yield bytes;
  });
  return layer;
}

/** Reads a whole blob into memory. Throws `damaged-entry` unless it has its digest. */
export async function readBlob(place: Place, blob: Blob, until = deadline()): Promise<Buffer> {
  if (blob.size > LIMIT) throw new CacheError('damaged-entry', `blob ${blob.digest} has ${blob.size} bytes`);
  const bytes = Buffer.alloc(blob.size);
  await place.read(
    blob,
    { start: 0, end: blob.size },
    async (part, offset) => bytes.set(part, offset),
    until,
  );
  if (digestOf(bytes) === blob.digest) return bytes;
  throw new CacheError('damaged-entry', `blob ${blob.digest} of ${place.name} has other bytes`);
}

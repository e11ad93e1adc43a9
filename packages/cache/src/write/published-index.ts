import { setTimeout as sleep } from 'node:timers/promises';
import { digestOf } from '@nx-linuxkit/oci';
import { readIndexBlob, writeIndexBlob, type PackList } from '../chunks/index-blob.js';
import { INDEX_TAG } from '../chunks/index-tag.js';
import { CacheError } from '../error.js';
import { readArtifact, writeArtifact, type Layer } from '../place/manifest.js';
import type { Blob, Place } from '../place/place.js';

const INDEX = 'application/vnd.nx-linuxkit.cache.index.v1';
/** Blobs that are together larger than this stay as they are; smaller ones are joined. */
const JOINED = 8 << 20;
/** Bytes of one blob that are read: a million chunks have 20 MB. */
const LIMIT = 64 << 20;
/** How often a list is written again because another writer has replaced it meanwhile. */
const ATTEMPTS = 4;
/** Milliseconds in which another writer writes what it had read; it sends at most a few megabytes between the two. */
const PAUSE = 400;
/** Milliseconds for one part of the index. */
const TIME_LIMIT = 60_000;

const deadline = () => performance.now() + TIME_LIMIT;

/**
 * The list of all chunks in a place, under one tag: blobs that never change, of which small ones are joined from time to
 * time. Only writers read it. Entries do not need it: what is lost of it is sent once more.
 */
export class PublishedIndex {
  /** Digests of the packs in each blob that was read or written. */
  private readonly contents = new Map<string, readonly string[]>();
  /** Packs that were read and that `refresh` has not passed on yet. */
  private readonly unseen: PackList[] = [];

  constructor(
    private readonly place: Place,
    private readonly pause = PAUSE,
  ) {}

  /** Reads what is new since the last call. */
  async refresh(add: (pack: PackList) => void): Promise<void> {
    for (const layer of await this.layers()) await this.read(layer);
    for (const pack of this.unseen.splice(0)) add(pack);
  }

  /** Adds packs to the list. */
  async publish(packs: readonly PackList[]): Promise<void> {
    let left = packs;
    for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
      const [kept, joined] = split(await this.layers());
      const lists = [...left];
      for (const layer of joined) {
        lists.push(...readIndexBlob(await readBlob(this.place, layer).catch(() => Buffer.alloc(0))));
      }
      const own = await putLayer(this.place, writeIndexBlob(lists));
      this.contents.set(
        own.digest,
        lists.map(({ digest }) => digest),
      );
      const isPut = await this.put([...kept, own]).then(
        () => true,
        (error: unknown) => {
          // For a moment a registry may lack a blob that it has just taken, or another writer has just joined.
          if (!isMissingBlob(error) || attempt + 1 === ATTEMPTS) throw error;
          return false;
        },
      );
      // Another writer may have read the same list as this one, and written its own after it.
      await sleep(this.pause * (0.5 + Math.random()));
      if (!isPut) continue;
      const present = await this.present();
      left = left.filter(({ digest }) => !present.has(digest));
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

  /** Digests of all packs in the list as it is now. */
  private async present(): Promise<ReadonlySet<string>> {
    const present = new Set<string>();
    for (const layer of await this.layers()) {
      await this.read(layer);
      for (const digest of this.contents.get(layer.digest) ?? []) present.add(digest);
    }
    return present;
  }

  private async read(layer: Layer): Promise<void> {
    if (this.contents.has(layer.digest)) return;
    const packs = [...readIndexBlob(await readBlob(this.place, layer))];
    this.unseen.push(...packs);
    this.contents.set(
      layer.digest,
      packs.map(({ digest }) => digest),
    );
  }

  private async layers(): Promise<readonly Layer[]> {
    const bytes = await this.place.manifest(INDEX_TAG, deadline());
    return bytes ? readArtifact(bytes, INDEX).layers : [];
  }

  private async put(layers: readonly Layer[]): Promise<void> {
    await this.place.putManifest(INDEX_TAG, writeArtifact({ artifactType: INDEX, layers, annotations: {} }));
  }
}

function isMissingBlob(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'missing-blob';
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

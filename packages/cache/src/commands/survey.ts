import { INDEX_TAG } from '../chunks/index-tag.js';
import { hashOfTag, readEntryManifest } from '../entry/entry-manifest.js';
import { readArtifact } from '../place/manifest.js';
import type { Blob, Place } from '../place/place.js';

/** An entry as its manifest says it. */
export interface Listed {
  readonly tag: string;
  readonly created: Date;
  readonly manifest: Buffer;
  /** All its blobs. */
  readonly blobs: readonly Blob[];
}

/** Milliseconds for one manifest. */
const TIME_LIMIT = 60_000;

/** Yields all entries of a place; one that cannot be read has no blobs, and counts as the oldest. */
export async function* entriesOf(place: Place): AsyncGenerator<Listed> {
  for await (const tag of place.tags()) {
    if (hashOfTag(tag) === undefined) continue;
    const manifest = await place.manifest(tag, performance.now() + TIME_LIMIT);
    if (!manifest) continue;
    yield { tag, manifest, ...contentsOf(manifest) };
  }
}

/** The blobs of the list of chunks. */
export async function indexBlobs(place: Place): Promise<readonly Blob[]> {
  const manifest = await place.manifest(INDEX_TAG, performance.now() + TIME_LIMIT);
  if (!manifest) return [];
  return readArtifact(manifest, JSON.parse(manifest.toString('utf8')).artifactType).layers;
}

function contentsOf(manifest: Buffer): Pick<Listed, 'created' | 'blobs'> {
  try {
    const { created, packs, recipe } = readEntryManifest(manifest);
    const isValid = !Number.isNaN(created.getTime());
    return {
      created: isValid ? created : new Date(0),
      blobs: [...packs, ...('digest' in recipe ? [recipe] : [])],
    };
  } catch {
    return { created: new Date(0), blobs: [] };
  }
}

import { CacheError } from '../error.js';
import { readArtifact, writeArtifact, type Layer } from '../place/manifest.js';
import type { Blob } from '../place/place.js';

const ENTRY = 'application/vnd.nx-linuxkit.cache.entry.v1';
const PACK = 'application/vnd.nx-linuxkit.cache.pack.v1';
const RECIPE = 'application/vnd.nx-linuxkit.cache.recipe.v1+deflate';
const NOTES = {
  hash: 'org.nx-linuxkit.cache.hash',
  recipe: 'org.nx-linuxkit.cache.recipe',
  signature: 'org.nx-linuxkit.cache.signature',
  created: 'org.opencontainers.image.created',
};

/**
 * Bytes of a recipe in an annotation; a longer one is a blob. As base64 it is 700 kB, and registries accept manifests of
 * 4 MiB (distribution-spec v1.1.1, "Pushing Manifests").
 */
export const INLINE_RECIPE = 512 << 10;

/** What a place has of an entry. */
export interface EntryManifest {
  /** Nx's hash of the task. */
  readonly hash: string;
  readonly created: Date;
  /** The packs in the order in which the recipe numbers them. */
  readonly packs: readonly Blob[];
  readonly recipe: Buffer | Blob;
  /** Signatures over `statementOf` the entry. */
  readonly signature?: Buffer;
}

/** The tag of an entry. */
export const tagOf = (hash: string): string => `n-${hash}`;
/** Nx's hash in the tag of an entry; undefined for a tag of another kind. */
export const hashOfTag = (tag: string): string | undefined => /^n-(.+)$/.exec(tag)?.[1];

/** Writes a manifest whose layers are the packs, so that a registry's own garbage collection keeps them. */
export function writeEntryManifest({ hash, created, packs, recipe, signature }: EntryManifest): Buffer {
  const layers: Layer[] = packs.map(({ digest, size }) => ({ mediaType: PACK, digest, size }));
  const isInline = Buffer.isBuffer(recipe);
  if (!isInline) layers.push({ mediaType: RECIPE, digest: recipe.digest, size: recipe.size });
  return writeArtifact({
    artifactType: ENTRY,
    layers,
    annotations: {
      [NOTES.created]: created.toISOString(),
      [NOTES.hash]: hash,
      ...(isInline ? { [NOTES.recipe]: recipe.toString('base64') } : {}),
      ...(signature ? { [NOTES.signature]: signature.toString('base64') } : {}),
    },
  });
}

/** Reads the manifest of an entry. Throws `damaged-entry`, and what oci throws, for anything else. */
export function readEntryManifest(bytes: Buffer): EntryManifest {
  const { layers, annotations } = readArtifact(bytes, ENTRY);
  const inline = annotations[NOTES.recipe];
  const recipe =
    inline !== undefined
      ? Buffer.from(inline, 'base64')
      : layers.find(({ mediaType }) => mediaType === RECIPE);
  if (!recipe) throw new CacheError('damaged-entry', 'an entry has no recipe');
  const signature = annotations[NOTES.signature];
  return {
    hash: annotations[NOTES.hash] ?? '',
    created: new Date(annotations[NOTES.created] ?? 0),
    packs: layers.filter(({ mediaType }) => mediaType === PACK),
    recipe,
    ...(signature !== undefined ? { signature: Buffer.from(signature, 'base64') } : {}),
  };
}

import { attestationManifests } from '../attestations.js';
import type { Descriptor } from '../descriptor.js';
import { OciError } from '../error.js';
import type { Digest } from '../digest.js';
import { MANIFEST_LIMIT } from '../json.js';
import { parseDocument } from '../manifest.js';
import { platformMatches, type Platform } from '../platform.js';
import type { ImageSource } from '../sources/image-source.js';
import { collect } from '../verify.js';
import type { Store } from './store.js';

/** An index in an index is legal and rare; a long chain of them is an attack. */
const NESTED_INDEXES = 3;

/** Which images of an index to copy, with their attestations. Default: all that it lists. */
export interface CopyOptions {
  readonly platforms?: readonly Platform[];
}

/**
 * Copies a manifest, or an index with all that it lists, and every blob that they name into a store. What the store has is
 * not read. Gives the number of bytes that were copied. Throws the `OciError` of the source, and `unknown-platform` where
 * none of the platforms is there.
 */
export async function copyImage(
  store: Store,
  source: Pick<ImageSource, 'manifest' | 'blob'>,
  root: Digest,
  { platforms }: CopyOptions = {},
): Promise<number> {
  return copyDocument(root, 0);

  async function copyDocument(digest: Digest, depth: number): Promise<number> {
    const bytes = await source.manifest(digest);
    const document = parseDocument(bytes, undefined, `manifest ${digest}`);
    let copied = 0;
    if (document.kind === 'manifest') {
      for (const blob of [document.manifest.config, ...document.manifest.layers])
        copied += await copyBlob(blob);
    } else {
      if (depth === NESTED_INDEXES)
        throw new OciError(
          'invalid-manifest',
          `${digest}: indexes are nested more than ${NESTED_INDEXES} deep`,
        );
      for (const listed of chosen(document.index.manifests))
        copied += await copyDocument(listed.digest, depth + 1);
    }
    // A document comes after all that it names, so that an image of the store is whole.
    if (await store.has(digest, bytes.length)) return copied;
    await store.write({ digest, size: bytes.length }, once(bytes));
    return copied + bytes.length;
  }

  function chosen(manifests: readonly Descriptor[]): readonly Descriptor[] {
    if (!platforms) return manifests;
    const found = manifests.filter(
      ({ platform }) => platform && platforms.some((wanted) => platformMatches(wanted, platform)),
    );
    if (found.length > 0)
      return [...found, ...found.flatMap(({ digest }) => attestationManifests({ manifests }, digest))];
    throw new OciError('unknown-platform', `${root} has no image for the platform that was asked for`);
  }

  async function copyBlob(blob: Descriptor): Promise<number> {
    if (await store.has(blob.digest, blob.size)) return 0;
    await store.write(blob, source.blob(blob));
    return blob.size;
  }
}

/** The digests of a stored image: of its documents and of all blobs that they name. What the store lacks is left out. */
export async function digestsOf(store: Store, root: Digest): Promise<Set<Digest>> {
  const found = new Set<Digest>();
  const visit = async (digest: Digest): Promise<void> => {
    if (found.has(digest) || !(await store.has(digest))) return;
    found.add(digest);
    const bytes = await collect(store.read(digest), MANIFEST_LIMIT, digest);
    const document = parseDocument(bytes, undefined, digest);
    if (document.kind === 'index') for (const { digest } of document.index.manifests) await visit(digest);
    else
      for (const { digest } of [document.manifest.config, ...document.manifest.layers])
        if (await store.has(digest)) found.add(digest);
  };
  await visit(root);
  return found;
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes;
}

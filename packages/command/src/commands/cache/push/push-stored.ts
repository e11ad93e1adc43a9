import { OciError, collect, parseDocument, type Descriptor, type Digest, type Store } from '@nx-linuxkit/oci';
import type { PushableImage, Repository } from '@nx-linuxkit/oci/registry';

/** Bytes of a manifest or an index: the OCI distribution specification has registries take 4 MiB. */
const DOCUMENT_LIMIT = 4 << 20;

/** How to upload. */
interface PushOptions {
  /** Uploads the image of each architecture also as TAG-ARCH. */
  readonly archTags: boolean;
  /** Replaces an index of the registry, in place of adding to it. */
  readonly override: boolean;
}

/** Uploads an image of the store under a tag: all that it names, then itself. Gives the digest that the tag has then. */
export async function pushStored(
  store: Store,
  root: Digest,
  repository: Repository,
  tag: string,
  { archTags, override }: PushOptions,
): Promise<Digest> {
  const bytes = await documentOf(store, root);
  const document = parseDocument(bytes, undefined, root);
  if (document.kind === 'manifest') return pushManifest(store, root, repository, tag);
  for (const listed of document.index.manifests) {
    await pushManifest(store, listed.digest, repository, listed.digest);
    const arch = listed.platform?.architecture;
    if (archTags && arch && arch !== 'unknown')
      await pushManifest(store, listed.digest, repository, `${tag}-${arch}`);
  }
  const { mediaType, manifests } = document.index;
  const stored = { mediaType, manifest: bytes, blobs: [] };
  return repository.push(tag, override ? stored : await mergedIndex(stored, manifests, repository, tag));
}

async function pushManifest(
  store: Store,
  digest: Digest,
  repository: Repository,
  as: string,
): Promise<Digest> {
  const manifest = await documentOf(store, digest);
  const document = parseDocument(manifest, undefined, digest);
  if (document.kind === 'index')
    return pushStored(store, digest, repository, as, { archTags: false, override: true });
  const { config, layers, mediaType } = document.manifest;
  const blobs = [config, ...layers].map((descriptor) => ({
    descriptor,
    bytes: () => store.read(descriptor.digest),
  }));
  return repository.push(as, { mediaType, manifest, blobs });
}

/** Adds what an index of the registry has for other platforms, as LinuxKit does: machines build one each. */
async function mergedIndex(
  stored: PushableImage,
  own: readonly Descriptor[],
  repository: Repository,
  tag: string,
): Promise<PushableImage> {
  const { formatIndex, otherImages } = await import('@nx-linuxkit/stages/standalone');
  const others = await otherImages(repository, await repository.find(tag), own);
  return others.length === 0 ? stored : formatIndex([...own, ...others]);
}

async function documentOf(store: Store, digest: Digest): Promise<Buffer> {
  if (await store.has(digest)) return collect(store.read(digest), DOCUMENT_LIMIT, digest);
  throw new OciError('not-found', `the cache lacks the manifest ${digest} of the image`, {
    hint: 'A build keeps the platforms that it needs alone: run `nx-linuxkit cache pull` for all of them.',
  });
}

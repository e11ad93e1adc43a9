import { parseRegistryReference, digestOf, type Digest, type RegistryReference } from '@nx-linuxkit/oci';
import { openRepository, type Repository } from '@nx-linuxkit/oci/registry';
import { indexOf, pushTo, randomImage } from '@nx-linuxkit/testing';
import { BUNDLE_MEDIA_TYPE } from '../format/bundle.js';

const opened: Repository[] = [];
afterAll(() => opened.forEach((repository) => repository.close()));

/** An image of two platforms in a registry, and the repository that it is in. */
export interface PushedImage {
  readonly reference: RegistryReference;
  readonly repository: Repository;
  /** The manifest for linux/amd64. */
  readonly digest: Digest;
  readonly index: Digest;
}

export async function pushImageTo(host: string, name: string, seed = 1): Promise<PushedImage> {
  const amd64 = await randomImage(seed, { layers: 1 });
  const arm64 = await randomImage(seed + 1, {
    layers: 1,
    platform: { os: 'linux', architecture: 'arm64' },
  });
  const index = await pushTo({ host }, indexOf([amd64, arm64]), `${name}:1`);
  const reference = parseRegistryReference(`${host}/${name}:1`);
  const repository = openRepository(reference, { retryDelays: [] });
  opened.push(repository);
  return { reference, repository, digest: amd64.manifest.descriptor.digest, index };
}

export interface AttachOptions {
  /** The artifactType in the manifest; default: that of bundles. */
  readonly artifactType?: string;
  /** Also lists it in the index under the fallback tag, with this artifactType in the descriptor. */
  readonly fallbackType?: string;
}

/** Pushes a bundle as a referrer of a manifest, as cosign 3 does; the manifest's digest. */
export async function attachBundle(
  repository: Repository,
  subject: Digest,
  bundle: unknown,
  { artifactType = BUNDLE_MEDIA_TYPE, fallbackType }: AttachOptions = {},
): Promise<Digest> {
  const [config, layer] = [Buffer.from('{}'), Buffer.from(JSON.stringify(bundle))];
  const descriptor = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      artifactType,
      config: descriptor('application/vnd.oci.empty.v1+json', config),
      layers: [descriptor(artifactType, layer)],
      subject: { ...descriptor(MANIFEST, layer), digest: subject },
    }),
  );
  const blobs = [config, layer].map((bytes) => ({
    descriptor: descriptor('', bytes),
    bytes: () => chunks(bytes),
  }));
  const digest = await repository.push(digestOf(manifest), { mediaType: MANIFEST, manifest, blobs });
  if (fallbackType !== undefined) {
    const manifests = [{ ...descriptor(MANIFEST, manifest), artifactType: fallbackType }];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
    await repository.push(subject.replace(':', '-'), { mediaType: INDEX, manifest: index, blobs: [] });
  }
  return digest;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

async function* chunks(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

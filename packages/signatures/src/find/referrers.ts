import { parseIndex, parseManifest, type Descriptor, type Digest, type Manifest } from '@nx-linuxkit/oci';
import { isBundleMediaType, type SigstoreBundle } from '../format/bundle.js';
import { asObject, FormatError, parseJson, quote } from '../json.js';
import { failedLook, look, lookIfTooMany, SIGNATURE_LIMIT } from './look.js';
import { tagOf, type Found, type Look, type Place } from './place.js';
import type { SignatureSource } from './source.js';

/** Bundles have 2 to 10 KiB; one with a chain of certificates and timestamps has more. */
const BUNDLE_LIMIT = 4 << 20;

export async function* referrersApi(
  repository: SignatureSource,
  place: Place,
): AsyncGenerator<Found | Look, void> {
  const referrers = await repository.referrers(place.digest);
  if (referrers) yield* bundlesOf(repository, place, referrers);
  else yield look(place, 'not found', 'the registry has no referrers API');
}

/** The index under `sha256-…`, which clients keep where the registry has no referrers API. */
export async function* fallbackTag(
  repository: SignatureSource,
  place: Place,
): AsyncGenerator<Found | Look, void> {
  const { bytes, contentType } = await repository.manifest(tagOf(place.digest));
  yield* bundlesOf(repository, place, parseIndex(bytes, contentType, place.name).manifests);
}

/**
 * Opens every manifest: the artifactType of an index's descriptor is not reliable, because some clients write the
 * type of the empty config there. Sorted by digest, as registries list in an order of their own.
 */
async function* bundlesOf(
  repository: SignatureSource,
  place: Place,
  referrers: readonly Descriptor[],
): AsyncGenerator<Found | Look, void> {
  const sorted = [...referrers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  let found = 0;
  for (const { digest } of sorted.slice(0, SIGNATURE_LIMIT)) {
    try {
      const signature = await bundleAt(repository, digest);
      if (!signature) continue;
      yield { place, signature };
    } catch (error) {
      yield failedLook(place, error);
    }
    found++;
  }
  if (found === 0) {
    const detail =
      sorted.length === 0 ? 'no referrer' : `no Sigstore bundle among ${sorted.length} referrers`;
    yield look(place, 'not found', detail);
  }
  yield* lookIfTooMany(place, sorted.length);
}

/** The bundle of one referrer; `undefined` if it is something else, such as an SBOM. */
async function bundleAt(repository: SignatureSource, digest: Digest): Promise<SigstoreBundle | undefined> {
  const { bytes, contentType } = await repository.manifest(digest);
  const layer = bundleLayer(parseManifest(bytes, contentType, `referrer ${digest}`), bytes);
  if (!layer) return undefined;
  const text = (await repository.blob(layer, BUNDLE_LIMIT)).toString('utf8');
  const what = `the bundle ${layer.digest}`;
  return { format: 'bundle', bundle: asObject(parseJson(text, what), what) };
}

function bundleLayer({ layers }: Manifest, bytes: Buffer): Descriptor | undefined {
  const { artifactType } = asObject(parseJson(bytes.toString('utf8'), 'the manifest'), 'the manifest');
  const layer = layers.find(({ mediaType }) => isBundleMediaType(mediaType));
  if (layer || !isBundleMediaType(String(artifactType))) return layer;
  const types = layers.map(({ mediaType }) => mediaType).join(', ');
  throw new FormatError(`expected a layer with a bundle, got ${quote(types)}`);
}

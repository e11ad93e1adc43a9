import { parseManifest, type Descriptor } from '@nx-linuxkit/oci';
import { ANNOTATIONS, SIMPLE_SIGNING, type SimpleSigning } from '../format/simple-signing.js';
import { FormatError, quote } from '../json.js';
import { failedLook, look, lookIfTooMany, SIGNATURE_LIMIT } from './look.js';
import { tagOf, type Found, type Look, type Place } from './place.js';
import type { SignatureSource } from './source.js';

/** A payload names one image; cosign's have 250 bytes and a few claims. */
const PAYLOAD_LIMIT = 1 << 20;

/** The `.sig` manifest, in which each layer is a signature. */
export async function* signatureTag(
  repository: SignatureSource,
  place: Place,
): AsyncGenerator<Found | Look, void> {
  const { bytes, contentType } = await repository.manifest(tagOf(place.digest, '.sig'));
  const { layers } = parseManifest(bytes, contentType, place.name);
  if (layers.length === 0) yield look(place, 'wrong format', 'the manifest has no layer');
  for (const layer of layers.slice(0, SIGNATURE_LIMIT)) {
    try {
      yield { place, signature: await readLayer(repository, layer) };
    } catch (error) {
      yield failedLook(place, error);
    }
  }
  yield* lookIfTooMany(place, layers.length);
}

async function readLayer(repository: SignatureSource, layer: Descriptor): Promise<SimpleSigning> {
  const { mediaType, annotations = {} } = layer;
  if (mediaType !== SIMPLE_SIGNING) {
    throw new FormatError(`expected a layer of ${SIMPLE_SIGNING}, got ${quote(mediaType)}`);
  }
  const [signature, certificate, rekorBundle, timestamp] = Object.values(ANNOTATIONS).map(
    (name) => annotations[name] || undefined,
  );
  if (signature === undefined) throw new FormatError(`the layer has no annotation ${ANNOTATIONS.signature}`);
  return {
    format: 'simple-signing',
    payload: await repository.blob(layer, PAYLOAD_LIMIT),
    signature,
    ...(certificate ? { certificate } : {}),
    ...(rekorBundle ? { rekorBundle } : {}),
    ...(timestamp ? { timestamp } : {}),
  };
}

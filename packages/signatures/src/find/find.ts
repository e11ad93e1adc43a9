import { OciError, type Digest } from '@nx-linuxkit/oci';
import { failedLook, look } from './look.js';
import { tagOf, type Found, type Look, type Place, type PlaceKind } from './place.js';
import { fallbackTag, referrersApi } from './referrers.js';
import { signatureTag } from './signature-tag.js';
import type { SignatureSource } from './source.js';

/**
 * Yields what is attached to a digest, place by place, in an order that does not depend on time: signatures, and
 * for each place that has none the reason. Nothing is fetched before it is asked for.
 */
export async function* findSignatures(
  repository: SignatureSource,
  digest: Digest,
): AsyncGenerator<Found | Look, void> {
  const { name } = repository;
  const place = (kind: PlaceKind, text: string): Place => ({ kind, name: text, digest });
  const tag = place('signature-tag', `tag ${name}:${tagOf(digest, '.sig')}`);
  const api = place('referrers-api', `referrers API of ${name}@${digest}`);
  const fallback = place('fallback-tag', `tag ${name}:${tagOf(digest)}`);
  yield* guarded(tag, signatureTag(repository, tag));
  yield* guarded(api, referrersApi(repository, api));
  yield* guarded(fallback, fallbackTag(repository, fallback));
}

/** A place that fails becomes a look, so that the others are still tried. */
async function* guarded(
  place: Place,
  search: AsyncGenerator<Found | Look, void>,
): AsyncGenerator<Found | Look, void> {
  try {
    yield* search;
  } catch (error) {
    const isMissing = error instanceof OciError && error.code === 'not-found';
    yield isMissing ? look(place, 'not found', 'no such tag') : failedLook(place, error);
  }
}

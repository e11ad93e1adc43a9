import { checkAuthorities } from './check/check-authorities.js';
import type { Evidence } from './evidence/evidence.js';
import { indexLists } from './evidence/index-lists.js';
import { findSignatures } from './find/find.js';
import { failedLook, look } from './find/look.js';
import type { Found, Look } from './find/place.js';
import type { SignatureSource } from './find/source.js';
import { formatImage, type LockedReference } from './image.js';
import { decide, type DecideOptions } from './policy/decide.js';
import type { Authority, Policy } from './policy/policy.js';
import { notConvinced } from './refusal.js';
import { notChecked, type Verification } from './verification.js';

/**
 * Looks for a signature that the policy accepts: at the `.sig` tag, by the referrers API and at the fallback tag, first
 * for the manifest's digest, then for that of its index. The first one that convinces ends the search. Errors: `denied`
 * and `no-rule` before anything is fetched; `unsigned`, `untrusted` and `unavailable` with what each place gave.
 */
export async function verifyImage(
  policy: Policy,
  image: LockedReference,
  repository: SignatureSource,
  options: DecideOptions = {},
): Promise<Verification> {
  const decision = decide(policy, image, options);
  if (decision.kind === 'pass') return notChecked(decision);

  const looks: Look[] = [];
  for await (const item of candidates(repository, image)) {
    const result = 'outcome' in item ? item : await judge(item, image, decision.authorities, repository);
    if ('status' in result) return result;
    looks.push(result);
  }
  throw notConvinced(formatImage(image), decision, looks);
}

/** The verification that a signature gives, or what it lacks. */
async function judge(
  found: Found,
  image: LockedReference,
  authorities: readonly Authority[],
  repository: SignatureSource,
): Promise<Verification | Look> {
  const { place, signature } = found;
  const verdict = await checkAuthorities(signature, place.digest, authorities);
  if (!verdict.convinced) return look(place, verdict.outcome, verdict.detail);
  try {
    const evidence = await evidenceOf(found, image, repository);
    if (evidence) return { status: 'verified', signer: verdict.signer, evidence };
    return look(place, 'wrong image', 'its index does not list the image');
  } catch (error) {
    return failedLook(place, error);
  }
}

async function* candidates(repository: SignatureSource, { digest, index }: LockedReference) {
  yield* findSignatures(repository, digest);
  if (index !== undefined && index !== digest) yield* findSignatures(repository, index);
}

/** `undefined` if the signature is for an index that does not list the image. */
async function evidenceOf(
  { place, signature }: Found,
  { digest }: LockedReference,
  repository: SignatureSource,
): Promise<Evidence | undefined> {
  const { kind, name, digest: signed } = place;
  const evidence = { digest, signed, place: { kind, name }, signature };
  if (signed === digest) return evidence;
  const { bytes } = await repository.manifest(signed);
  return indexLists(bytes, signed, digest) ? { ...evidence, index: bytes } : undefined;
}

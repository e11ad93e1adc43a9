import {
  formatImage,
  SignatureError,
  verifyEvidence,
  verifyImage,
  type Evidence,
  type Policy,
} from '@nx-linuxkit/signatures';
import type { Log } from '../environment.js';
import type { PinnedImage } from '../plan/pinned-image.js';
import type { Sources } from '../sources.js';
import { demandOf, describeSigner } from '../verify/check-image.js';
import type { KeptEvidence } from '../verify/evidence-file.js';
import { lockedReference } from '../verify/locked-reference.js';

/**
 * Verifies an image that is about to be locked, and gives what convinced: what was kept, as long as it still convinces,
 * else what the registry has now. Undefined for an image of which the policy asks no signature. Errors: SignatureError,
 * with what each place gave.
 */
export async function findEvidence(
  policy: Policy,
  pinned: PinnedImage,
  kept: KeptEvidence,
  sources: Sources,
  log: Log,
): Promise<Evidence | undefined> {
  const demand = demandOf(policy, pinned);
  const image = lockedReference(pinned);
  if (demand === 'warn')
    log(`lock ${pinned.written}: the signature of ${formatImage(image)} is NOT verified`);
  if (demand !== 'check') return undefined;

  const options = { required: pinned.trusted };
  const known = kept.get(formatImage(image));
  const again = known && (await verifyEvidence(policy, image, known, options).catch(unlessConvinced));
  const verification =
    again ??
    (await sources.withRepository(pinned.reference, (repository) =>
      verifyImage(policy, image, repository, options),
    ));
  if (verification.status !== 'verified') throw new Error(`the decision about ${formatImage(image)} changed`);
  const { signer, evidence } = verification;
  log(
    `lock ${pinned.written}: ${formatImage(image)} is signed by ${describeSigner(signer)}, ${evidence.place.name}`,
  );
  return evidence;
}

/** Evidence that does not convince, as after a change of keys, is looked for again. */
function unlessConvinced(error: unknown): undefined {
  if (error instanceof SignatureError && ['untrusted', 'invalid-evidence'].includes(error.code))
    return undefined;
  throw error;
}

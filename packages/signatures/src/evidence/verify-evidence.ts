import { checkAuthorities } from '../check/check-authorities.js';
import { SignatureError } from '../error.js';
import { formatImage, type LockedReference } from '../image.js';
import { decide, type DecideOptions } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import { notConvinced } from '../refusal.js';
import { notChecked, type Verification } from '../verification.js';
import type { Evidence } from './evidence.js';
import { indexLists } from './index-lists.js';

/**
 * Repeats the check of an image with the evidence that was kept: no network, no clock, the same answer each time.
 * Errors: `invalid-evidence` if it is for another image, `untrusted` if it does not convince, `denied`, `no-rule`.
 */
export async function verifyEvidence(
  policy: Policy,
  image: LockedReference,
  evidence: Evidence,
  options: DecideOptions = {},
): Promise<Verification> {
  const decision = decide(policy, image, options);
  if (decision.kind === 'pass') return notChecked(decision);
  expectImage(evidence, image);
  const { signature, signed } = evidence;
  const verdict = await checkAuthorities(signature, signed, decision.authorities);
  if (verdict.convinced) return { status: 'verified', signer: verdict.signer, evidence };
  const place = { ...evidence.place, digest: signed };
  throw notConvinced(formatImage(image), decision, [
    { place, outcome: verdict.outcome, detail: verdict.detail },
  ]);
}

function expectImage({ digest, signed, index }: Evidence, image: LockedReference): void {
  if (digest !== image.digest) throw misfit(image, `it is for ${digest}`);
  if (signed === digest) return;
  if (!index || !indexLists(index, signed, digest)) {
    throw misfit(image, `its index ${signed} does not list the image`);
  }
}

function misfit(image: LockedReference, why: string): SignatureError {
  return new SignatureError('invalid-evidence', `the evidence does not fit ${formatImage(image)}: ${why}`, {
    hint: 'Lock again to look for signatures.',
  });
}

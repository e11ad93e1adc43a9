import type { Digest } from '@nx-linuxkit/oci';
import type { Outcome } from '../find/place.js';
import type { Signature } from '../format/signature.js';
import type { Authority } from '../policy/policy.js';
import { checkSignature } from './check-signature.js';
import type { Verdict } from './verdict.js';

/** The further a check got, the more its failure explains. */
const CLOSENESS: readonly Outcome[] = [
  'wrong format',
  'wrong key',
  'wrong proof',
  'wrong identity',
  'wrong image',
];

/** Checks a signature against each authority; if it convinces for none, gives the failure that came closest. */
export async function checkAuthorities(
  signature: Signature,
  digest: Digest,
  authorities: readonly Authority[],
): Promise<Verdict> {
  let closest: (Verdict & { convinced: false }) | undefined;
  for (const authority of authorities) {
    const verdict = await checkSignature(signature, digest, authority);
    if (verdict.convinced) return verdict;
    if (!closest || closeness(verdict.outcome) > closeness(closest.outcome)) closest = verdict;
  }
  return closest ?? { convinced: false, outcome: 'wrong key', detail: 'the rule has no key and no identity' };
}

const closeness = (outcome: Outcome): number => CLOSENESS.indexOf(outcome);

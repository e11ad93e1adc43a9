import { parseReference } from '@nx-linuxkit/oci/reference';
import { ruleFor } from '@nx-linuxkit/signatures/policy';
import type { OsPlan } from './os-plan.js';
import { trustedReferences } from './trust.js';

/**
 * The references whose signatures nothing checks and of which each build says so: those for which the option
 * `signatures` asks for a warning; without the option, those that `trust` names.
 */
export function uncheckedReferences({ os, signatures }: Pick<OsPlan, 'os' | 'signatures'>): string[] {
  if (!signatures) return trustedReferences(os);
  const { policy, images } = signatures;
  const warned = images.filter(({ reference }) => {
    const rule = ruleFor(policy, parseReference(reference));
    return (rule?.demands ?? policy.fallback) === 'warn';
  });
  return [...new Set(warned.map(({ written }) => written))];
}

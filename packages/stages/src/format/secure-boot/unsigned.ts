import { loadersOf, type Format } from '@nx-linuxkit/formats';
import { planFormat } from '../../plan/format-plan.js';
import type { OsPlan } from '../../plan/os-plan.js';

/**
 * The warning for a format that UEFI starts and that nothing signs although the workspace signs: firmware with Secure Boot
 * refuses it. GRUB is not signed, because it would start a kernel that no signature covers.
 */
export function unsignedWarning(plan: OsPlan, format: Format): string | undefined {
  const { options } = planFormat(plan, format.name);
  if (!plan.secureBoot || !loadersOf(format, options).includes('grub-efi')) return undefined;
  const instead = format.options?.includes('uki')
    ? 'say `uki: true` in `outputs`'
    : 'take the format uki, or a disk with it';
  return `warning: ${format.name} of ${plan.name} is not signed: it starts GRUB; ${instead}`;
}

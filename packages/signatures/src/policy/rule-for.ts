import type { Reference } from '@nx-linuxkit/oci/reference';
import { hasPrefix, imageName } from './prefix.js';

/** The rule of the longest prefix that the image has; `undefined` if no rule names it. Rules are sorted by length. */
export function ruleFor<Rule extends { readonly prefix: string }>(
  { rules }: { readonly rules: readonly Rule[] },
  reference: Reference,
): Rule | undefined {
  const name = imageName(reference);
  return rules.find(({ prefix }) => hasPrefix(name, prefix));
}

import { formatImage, type LockedReference } from '../image.js';
import { deniedImage, imageWithoutRule } from '../refusal.js';
import type { Action } from './option.js';
import type { Authority, Policy, Rule } from './policy.js';
import { ruleFor } from './rule-for.js';

/** What a policy asks of one image: a signature by one of several authorities, or none. */
export type Decision =
  | { readonly kind: 'check'; readonly rule: Rule; readonly authorities: readonly Authority[] }
  /** `warn` wants it said that nothing was checked; `off` does not. `rule` is absent where the default decides. */
  | { readonly kind: 'pass'; readonly action: Exclude<Action, 'deny'>; readonly rule?: Rule };

/** What else decides about an image, beside the policy. */
export interface DecideOptions {
  /** The image must have a rule, because the YAML's `trust` names it: error `no-rule` if it has none. */
  readonly required?: boolean;
}

/** What the policy asks of the image. Errors: `denied`, `no-rule`. */
export function decide(
  policy: Policy,
  image: LockedReference,
  { required = false }: DecideOptions = {},
): Decision {
  const rule = ruleFor(policy, image.reference);
  if (rule && typeof rule.demands !== 'string') return { kind: 'check', rule, authorities: rule.demands };
  const action = (rule?.demands ?? policy.fallback) as Action;
  if (action === 'deny') throw deniedImage(formatImage(image), rule);
  if (required && !rule) throw imageWithoutRule(formatImage(image));
  return { kind: 'pass', action, ...(rule ? { rule } : {}) };
}

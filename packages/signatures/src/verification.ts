import type { Signer } from './check/verdict.js';
import type { Evidence } from './evidence/evidence.js';
import type { Decision } from './policy/decide.js';
import type { Action } from './policy/option.js';

/** What became of an image that was not refused. */
export type Verification =
  | { readonly status: 'verified'; readonly signer: Signer; readonly evidence: Evidence }
  /** The policy asks for no signature. `rule` is the prefix that says so; without one the default did. */
  | { readonly status: 'not-checked'; readonly action: Exclude<Action, 'deny'>; readonly rule?: string };

export function notChecked({ action, rule }: Decision & { readonly kind: 'pass' }): Verification {
  return { status: 'not-checked', action, ...(rule ? { rule: rule.text } : {}) };
}

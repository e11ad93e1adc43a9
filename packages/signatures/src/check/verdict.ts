import type { Outcome } from '../find/place.js';

/** Whether a signature meets one demand of a rule. */
export type Verdict =
  | { readonly convinced: true; readonly signer: Signer }
  | { readonly convinced: false; readonly outcome: Outcome; readonly detail: string };

/** Who signed, as the check has established it. */
export type Signer =
  | { readonly kind: 'key'; readonly file: string; readonly fingerprint: string }
  | { readonly kind: 'identity'; readonly identity: string; readonly issuer: string };

/** Ends a check with an outcome; `checkSignature` turns it into a verdict. */
export class NotConvinced extends Error {
  constructor(
    readonly outcome: Outcome,
    message: string,
  ) {
    super(message);
  }
}

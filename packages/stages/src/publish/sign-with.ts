import type { SigningForm, SigningKey } from '../sign/index.js';

/** A key, and how it signs. */
export interface SignWith {
  readonly key: SigningKey;
  /** Default: `tag`. */
  readonly form?: SigningForm;
}

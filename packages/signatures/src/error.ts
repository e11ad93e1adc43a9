import { Fault } from '@nx-linuxkit/errors';

/** Every way in which this package says no; README.md explains each. */
export type SignatureErrorCode =
  /** The option `signatures`, or a file that it names. */
  | 'invalid-policy'
  | 'invalid-key'
  | 'invalid-trusted-root'
  /** What the policy says about an image. */
  | 'denied'
  | 'no-rule'
  /** What was found at the image. */
  | 'unsigned'
  | 'untrusted'
  | 'unavailable'
  | 'invalid-evidence'
  /** Signing. */
  | 'wrong-password'
  | 'no-password'
  | 'invalid-signatures'
  | 'invalid-bundle'
  | 'file-too-large'
  /** The machine. */
  | 'unreadable-file'
  | 'missing-package';

/**
 * What is wrong with a policy, a key, a signature or a file: a code of the closed list, a message with what was
 * expected and what was got, and a hint.
 */
export class SignatureError extends Fault<SignatureErrorCode> {}

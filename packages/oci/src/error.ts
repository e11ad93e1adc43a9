import { Fault } from '@nx-linuxkit/errors';

/** The codes of `OciError`; the package's README says when each is thrown. */
export type OciErrorCode =
  /** A text is not a digest, a reference or a platform. */
  | 'invalid-digest'
  | 'invalid-reference'
  | 'invalid-platform'
  /** A document is not JSON, is nested too deep, or does not have the expected shape. */
  | 'invalid-json'
  | 'invalid-manifest'
  | 'invalid-lock'
  | 'invalid-archive'
  | 'invalid-credentials'
  /** A media type contradicts its document, or is not supported. */
  | 'media-type'
  | 'foreign-layer'
  | 'platform-mismatch'
  | 'unknown-platform'
  /** Bytes are not what their descriptor says. */
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'truncated'
  | 'invalid-compression'
  | 'too-large'
  /** The registry or the Docker daemon failed. */
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'proxy'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'registry-error'
  /** An optional package is not installed. */
  | 'missing-package'
  /** The disk of this machine failed. */
  | 'disk-full'
  | 'no-permission'
  | 'store-error';

/** An error about an image, a registry, a Docker daemon or the store. */
export class OciError extends Fault<OciErrorCode> {
  /** Returns the same error with another message and, if one is given, another hint or cause. */
  reworded(message: string, change: { readonly hint?: string; readonly cause?: unknown } = {}): OciError {
    const { code, hint, where, cause } = this;
    return new OciError(code, message, { hint, where, cause, ...change });
  }
}

import { Fault } from '@nx-linuxkit/errors';

export type OciErrorCode =
  /** Text that is not a digest, a reference or a platform. */
  | 'invalid-digest'
  | 'invalid-reference'
  | 'invalid-platform'
  /** JSON that is too large, too deep, or not of the expected shape. */
  | 'invalid-json'
  | 'invalid-manifest'
  | 'invalid-lock'
  | 'invalid-archive'
  | 'invalid-credentials'
  /** A media type that contradicts the document, or that nothing here reads. */
  | 'media-type'
  | 'foreign-layer'
  | 'platform-mismatch'
  | 'unknown-platform'
  /** Bytes that are not what their descriptor says. */
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'truncated'
  | 'invalid-compression'
  | 'too-large'
  /** The other side. */
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'rate-limited'
  | 'registry-error'
  /** This side's disk. */
  | 'disk-full'
  | 'no-permission'
  | 'store-error';

export class OciError extends Fault<OciErrorCode> {}

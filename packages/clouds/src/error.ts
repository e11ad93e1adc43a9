import { Fault } from '@nx-linuxkit/errors';

/** The codes of `CloudError`; the package's README says when each is thrown. */
export type CloudErrorCode =
  /** No platform has this name. */
  | 'unknown-platform'
  /** An option is missing, unknown or not valid. */
  | 'bad-option'
  /** A platform does not take this format, or this file is not what it takes. */
  | 'bad-file'
  /** There are no credentials, or they cannot be read. */
  | 'no-credentials'
  /** The platform refused the credentials, or what they ask for. */
  | 'unauthorized'
  | 'forbidden'
  /** What a request names does not exist. */
  | 'not-found'
  /** The platform asked for fewer requests, and kept asking. */
  | 'rate-limited'
  /** The platform cannot be reached, or does not answer in time. */
  | 'unreachable'
  /** The platform answered with another error, or with what its documentation does not describe. */
  | 'platform-error'
  /** The upload was accepted, and what the platform made of it failed. */
  | 'import-failed';

/** An error about an upload to a cloud. */
export class CloudError extends Fault<CloudErrorCode> {
  /** The HTTP status of the answer that the error is about. */
  status?: number;
}

import type { Digest } from '@nx-linuxkit/oci';
import type { Signature } from '../format/signature.js';

/** The three ways in which signatures are attached to an image in a registry. */
export type PlaceKind = 'signature-tag' | 'referrers-api' | 'fallback-tag';

/** Where signatures of one digest may be. */
export interface Place {
  readonly kind: PlaceKind;
  /** What was asked for: `ghcr.io/org/app:sha256-….sig`. */
  readonly name: string;
  /** The manifest or index that a signature there is for. */
  readonly digest: Digest;
}

/** Why a place, or a signature at it, did not convince. */
export type Outcome =
  | 'not found'
  | 'wrong format'
  | 'wrong key'
  | 'wrong identity'
  /** The signature holds, but for other bytes. */
  | 'wrong image'
  /** Certificate, timestamp or log entry does not lead to the trusted root. */
  | 'wrong proof'
  | 'no permission'
  | 'no answer';

/** What one place gave. */
export interface Look {
  readonly place: Place;
  readonly outcome: Outcome;
  readonly detail: string;
  readonly cause?: unknown;
}

export interface Found {
  readonly place: Place;
  readonly signature: Signature;
}

/** `sha256:…` as a tag: `sha256-…`. */
export function tagOf(digest: Digest, suffix = ''): string {
  return `${digest.replace(':', '-')}${suffix}`;
}

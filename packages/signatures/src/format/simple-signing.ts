import type { Digest } from '@nx-linuxkit/oci';
import { asObject, asString, FormatError, parseJson, quote } from '../json.js';

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const TYPE = 'cosign container image signature';

/** A layer of a `.sig` manifest: the payload as stored, and what its annotations say. */
export interface SimpleSigning {
  readonly format: 'simple-signing';
  /** The bytes that were signed; they are never serialised again. */
  readonly payload: Buffer;
  /** base64 */
  readonly signature: string;
  /** PEM; only with keyless signatures. */
  readonly certificate?: string;
  /** JSON of Rekor's signed entry, as cosign keeps it. */
  readonly rekorBundle?: string;
  /** JSON of an RFC 3161 timestamp, as cosign keeps it. */
  readonly timestamp?: string;
}

/** Annotations of the layer, by the field that they become. */
export const ANNOTATIONS = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  rekorBundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

/** The payload that cosign writes, byte for byte. `name` is the repository: `ghcr.io/org/app`. */
export function simpleSigningPayload(name: string, digest: Digest): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': name },
        image: { 'docker-manifest-digest': digest },
        type: TYPE,
      },
      optional: null,
    }),
  );
}

/** The digest that a payload speaks of. Throws `FormatError` if it is not a signature of an image. */
export function signedDigest(payload: Buffer): string {
  const document = asObject(parseJson(payload.toString('utf8'), 'the payload'), 'the payload');
  const critical = asObject(document.critical, 'critical');
  if (critical.type !== TYPE) {
    throw new FormatError(`critical.type: expected ${quote(TYPE)}, got ${quote(critical.type)}`);
  }
  const image = asObject(critical.image, 'critical.image');
  return asString(image['docker-manifest-digest'], 'critical.image.docker-manifest-digest');
}

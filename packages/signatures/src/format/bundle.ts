import { asArray, asObject, asString, decodeBase64, FormatError, quote, type JsonObject } from '../json.js';
import { checkLogEntries } from './log-entries.js';

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto */
export const BUNDLE_MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const MEDIA_TYPES = [
  BUNDLE_MEDIA_TYPE,
  ...['0.1', '0.2', '0.3'].map((version) => `application/vnd.dev.sigstore.bundle+json;version=${version}`),
];

/** A Sigstore bundle that was found at an image; its JSON as it came. */
export interface SigstoreBundle {
  readonly format: 'bundle';
  readonly bundle: JsonObject;
}

export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

export interface MessageSignature {
  /** `SHA2_256`, `SHA2_384`. */
  readonly algorithm: string;
  readonly digest: Buffer;
  readonly signature: Buffer;
}

/** What is read of a bundle here; the rest is checked by @sigstore/verify where a certificate or a log counts. */
export interface BundleContent {
  readonly material: 'public-key' | 'certificate';
  readonly content: Envelope | MessageSignature;
}

/** True for the media types of all versions that are read: 0.1, 0.2, 0.3. */
export function isBundleMediaType(mediaType: string): boolean {
  return MEDIA_TYPES.includes(mediaType);
}

/** Reads a bundle strictly; throws `FormatError`. */
export function readBundle(bundle: JsonObject): BundleContent {
  const mediaType = asString(bundle.mediaType, 'mediaType');
  if (!isBundleMediaType(mediaType)) {
    throw new FormatError(`mediaType: expected ${quote(BUNDLE_MEDIA_TYPE)}, got ${quote(mediaType)}`);
  }
  const material = asObject(bundle.verificationMaterial, 'verificationMaterial');
  checkLogEntries(asArray(material.tlogEntries ?? [], 'tlogEntries'));
  return { material: materialOf(material), content: contentOf(bundle) };
}

function materialOf(material: JsonObject): BundleContent['material'] {
  const present = ['publicKey', 'certificate', 'x509CertificateChain'].filter((key) => key in material);
  if (present.length === 1) return present[0] === 'publicKey' ? 'public-key' : 'certificate';
  throw new FormatError(
    `verificationMaterial: expected publicKey, certificate or x509CertificateChain, got ${quote(present.join(', ') || 'none')}`,
  );
}

function contentOf(bundle: JsonObject): Envelope | MessageSignature {
  if ('dsseEnvelope' in bundle && 'messageSignature' in bundle) {
    throw new FormatError('the bundle has both dsseEnvelope and messageSignature, expected one of them');
  }
  if ('dsseEnvelope' in bundle) return readEnvelope(asObject(bundle.dsseEnvelope, 'dsseEnvelope'));
  return readMessage(asObject(bundle.messageSignature, 'messageSignature'));
}

/** DSSE allows several signatures; a Sigstore bundle has exactly one. */
function readEnvelope(envelope: JsonObject): Envelope {
  const signatures = asArray(envelope.signatures, 'dsseEnvelope.signatures');
  if (signatures.length !== 1) {
    throw new FormatError(`dsseEnvelope.signatures: expected 1, got ${signatures.length}`);
  }
  const { sig } = asObject(signatures[0], 'dsseEnvelope.signatures[0]');
  return {
    payloadType: asString(envelope.payloadType, 'dsseEnvelope.payloadType'),
    payload: bytesOf(envelope.payload, 'dsseEnvelope.payload'),
    signature: bytesOf(sig, 'dsseEnvelope.signatures[0].sig'),
  };
}

function readMessage({ messageDigest, signature }: JsonObject): MessageSignature {
  const { algorithm, digest } = asObject(messageDigest, 'messageSignature.messageDigest');
  return {
    algorithm: asString(algorithm, 'messageSignature.messageDigest.algorithm'),
    digest: bytesOf(digest, 'messageSignature.messageDigest.digest'),
    signature: bytesOf(signature, 'messageSignature.signature'),
  };
}

const bytesOf = (value: unknown, what: string): Buffer => decodeBase64(asString(value, what), what);

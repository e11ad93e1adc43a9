import { createHash } from 'node:crypto';
import type { SimpleSigning } from '../format/simple-signing.js';
import { asObject, asString, decodeBase64, FormatError, parseJson, quote, type JsonObject } from '../json.js';

/** The first version of Sigstore bundles: the only one that takes a log entry with a promise and no proof. */
const BUNDLE_V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';

/**
 * A signature of a `.sig` tag, with what its annotations hold, as a Sigstore bundle over the payload: the form that
 * @sigstore/verify reads. Throws `FormatError` where the annotations do not have cosign's form.
 */
export function toBundle({
  payload,
  signature,
  certificate,
  rekorBundle,
  timestamp,
}: SimpleSigning): JsonObject {
  return {
    mediaType: BUNDLE_V01,
    verificationMaterial: {
      ...(certificate === undefined
        ? { publicKey: { hint: '' } }
        : { x509CertificateChain: { certificates: [{ rawBytes: leafOf(certificate) }] } }),
      tlogEntries: rekorBundle === undefined ? [] : [logEntry(rekorBundle)],
      ...(timestamp === undefined
        ? {}
        : {
            timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: timestampOf(timestamp) }] },
          }),
    },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(payload).digest('base64') },
      signature: decodeBase64(signature, 'the signature').toString('base64'),
    },
  };
}

/** The first certificate is the leaf; the rest of the chain comes from the trusted root. */
function leafOf(pem: string): string {
  const [, body] = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/.exec(pem) ?? [];
  if (body === undefined) throw new FormatError(`the certificate: expected PEM, got ${quote(pem, 40)}`);
  return decodeBase64(body.replace(/\s/g, ''), 'the certificate').toString('base64');
}

/** https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md, property `bundle` */
function logEntry(text: string): JsonObject {
  const { SignedEntryTimestamp, Payload } = asObject(parseJson(text, 'the log entry'), 'the log entry');
  const { body, integratedTime, logIndex, logID } = asObject(Payload, 'Payload');
  const canonicalizedBody = decodeBase64(asString(body, 'Payload.body'), 'Payload.body');
  const { kind, apiVersion } = asObject(
    parseJson(canonicalizedBody.toString('utf8'), 'Payload.body'),
    'body',
  );
  return {
    logIndex: String(asCount(logIndex, 'Payload.logIndex')),
    logId: { keyId: Buffer.from(asHex(logID, 'Payload.logID'), 'hex').toString('base64') },
    kindVersion: { kind: asString(kind, 'kind'), version: asString(apiVersion, 'apiVersion') },
    integratedTime: String(asCount(integratedTime, 'Payload.integratedTime')),
    inclusionPromise: { signedEntryTimestamp: asString(SignedEntryTimestamp, 'SignedEntryTimestamp') },
    canonicalizedBody: canonicalizedBody.toString('base64'),
  };
}

function timestampOf(text: string): string {
  const { SignedRFC3161Timestamp } = asObject(parseJson(text, 'the timestamp'), 'the timestamp');
  return asString(SignedRFC3161Timestamp, 'SignedRFC3161Timestamp');
}

function asCount(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError(`${what}: expected a number, got ${quote(value)}`);
}

function asHex(value: unknown, what: string): string {
  const text = asString(value, what);
  if (/^(?:[0-9a-f]{2})+$/.test(text)) return text;
  throw new FormatError(`${what}: expected hex digits, got ${quote(text)}`);
}

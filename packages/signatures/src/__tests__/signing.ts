import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Digest } from '@nx-linuxkit/oci';
import { BUNDLE_MEDIA_TYPE } from '../format/bundle.js';
import { preAuthEncoding } from '../format/dsse.js';
import { simpleSigningPayload, type SimpleSigning } from '../format/simple-signing.js';
import { SIGN_PREDICATE, STATEMENT_MEDIA_TYPE, STATEMENT_TYPE } from '../format/statement.js';
import type { JsonObject } from '../json.js';
import type { Algorithm } from '../key/algorithm.js';
import { generateKeyPair } from '../key/key-pair.js';
import { readPrivateKey, signMessage, type PrivateKey } from '../key/private-key.js';
import type { Authority } from '../policy/policy.js';

/** A new key; RSA with the shortest length that is accepted, as longer ones take seconds to make. */
export async function newKey(algorithm: Algorithm = 'ecdsa-p256'): Promise<PrivateKey> {
  const privateKey =
    algorithm === 'rsa'
      ? generateKeyPairSync('rsa', {
          modulusLength: 2048,
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
          publicKeyEncoding: { type: 'spki', format: 'pem' },
        }).privateKey
      : (await generateKeyPair({ algorithm })).privateKey;
  return readPrivateKey(privateKey, 'cosign.key');
}

export function keyAuthority({ publicKey }: PrivateKey, file = 'cosign.pub'): Authority & { kind: 'key' } {
  return { kind: 'key', file, key: publicKey };
}

/** The statement of `cosign sign` about an image. */
export function statementOf(digest: Digest, changes: object = {}): JsonObject {
  return {
    _type: STATEMENT_TYPE,
    predicateType: SIGN_PREDICATE,
    subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
    predicate: {},
    ...changes,
  };
}

export function simpleSigningBy(key: PrivateKey, digest: Digest): SimpleSigning {
  const payload = simpleSigningPayload('registry.example/app', digest);
  return { format: 'simple-signing', payload, signature: signMessage(key, payload).toString('base64') };
}

/** A bundle as `cosign sign --key` of cosign 3 makes it, without a transparency log. */
export function bundleBy(
  key: PrivateKey,
  statement: object,
  { payloadType = STATEMENT_MEDIA_TYPE, hint = 'any' }: { payloadType?: string; hint?: string } = {},
): JsonObject {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = signMessage(key, preAuthEncoding(payloadType, payload)).toString('base64');
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig, keyid: hint }] },
  };
}

/** What cosign 1 and 2 keep in the annotations of a `.sig` layer: the parts of a bundle over the payload. */
export function legacySignature(payload: Buffer, bundle: JsonObject): SimpleSigning {
  const { verificationMaterial, messageSignature } = bundle as unknown as {
    verificationMaterial: {
      x509CertificateChain?: { certificates: { rawBytes: string }[] };
      tlogEntries: {
        logIndex: string;
        integratedTime: string;
        logId: { keyId: string };
        inclusionPromise: { signedEntryTimestamp: string };
        canonicalizedBody: string;
      }[];
      timestampVerificationData: { rfc3161Timestamps: { signedTimestamp: string }[] };
    };
    messageSignature: { signature: string };
  };
  const [entry] = verificationMaterial.tlogEntries;
  const rawBytes = verificationMaterial.x509CertificateChain?.certificates[0].rawBytes;
  const body = rawBytes?.replace(/.{64}/g, '$&\n');
  return {
    format: 'simple-signing',
    payload,
    signature: messageSignature.signature,
    ...(body ? { certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n` } : {}),
    timestamp: JSON.stringify({
      SignedRFC3161Timestamp:
        verificationMaterial.timestampVerificationData.rfc3161Timestamps[0].signedTimestamp,
    }),
    rekorBundle: JSON.stringify({
      SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
      Payload: {
        body: entry.canonicalizedBody,
        integratedTime: Number(entry.integratedTime),
        logIndex: Number(entry.logIndex),
        logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
      },
    }),
  };
}

export function someDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

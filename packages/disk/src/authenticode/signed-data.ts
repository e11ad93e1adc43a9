import { createHash, verify, type KeyObject } from 'node:crypto';
import { DiskError } from '../error.js';
import { readCertificate } from './certificate.js';
import { contextTag, der, oid, setOf, TAG } from './der.js';

/** Signs with a private key that this package never sees. */
export interface Signer {
  /** X.509 certificates in DER: first that of the key, then those that lead to one that the firmware has. */
  readonly certificates: readonly Uint8Array[];
  /** Signs the SHA-256 of the bytes: RSA by PKCS#1 v1.5, an elliptic key by ECDSA in DER. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** What a SignedData holds beside the signer. */
export interface Signed {
  /** The content's type as an object identifier. */
  readonly type: string;
  /** The bytes whose digest is signed. */
  readonly digested: Uint8Array;
  /** The content in DER; absent where it lies elsewhere. */
  readonly content?: Buffer;
  /** Whether the signature covers type and digest as attributes, or the bytes themselves. */
  readonly attributes: boolean;
}

const SHA256 = der(TAG.sequence, oid('2.16.840.1.101.3.4.2.1'), der(TAG.null));
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const RSA = der(TAG.sequence, oid('1.2.840.113549.1.1.1'), der(TAG.null));
const ECDSA_SHA256 = der(TAG.sequence, oid('1.2.840.10045.4.3.2'));
const VERSION_1 = der(TAG.integer, Buffer.from([1]));

/**
 * A SignedData (PKCS#7 1.5, RFC 2315 section 9.1) in DER, without a signing time: with RSA the same input gives the same
 * bytes.
 *
 * @throws DiskError `bad-option` for a certificate that cannot be used, and for a signature that it does not verify.
 */
export async function signedData(signed: Signed, signer: Signer): Promise<Buffer> {
  const [leaf] = signer.certificates;
  if (!leaf) throw new DiskError('bad-option', 'expected a certificate, got none');
  const { publicKey, name } = readCertificate(leaf);
  const attributes = signed.attributes ? attributesOf(signed) : undefined;
  // What is signed has the tag of a set; in the message it has that of a field: RFC 2315, section 9.3.
  const message = attributes ? der(TAG.set, attributes) : signed.digested;
  const signature = await checkedSignature(message, publicKey, signer);
  const signerInfo = der(
    TAG.sequence,
    VERSION_1,
    name,
    SHA256,
    ...(attributes ? [der(contextTag(0), attributes)] : []),
    publicKey.asymmetricKeyType === 'rsa' ? RSA : ECDSA_SHA256,
    der(TAG.octetString, signature),
  );
  const content = signed.content ? [der(contextTag(0), signed.content)] : [];
  return der(
    TAG.sequence,
    VERSION_1,
    setOf(SHA256),
    der(TAG.sequence, oid(signed.type), ...content),
    der(contextTag(0), ...signer.certificates),
    setOf(signerInfo),
  );
}

/** A ContentInfo around a SignedData: RFC 2315, section 7. */
export function contentInfo(data: Buffer): Buffer {
  return der(TAG.sequence, oid('1.2.840.113549.1.7.2'), der(contextTag(0), data));
}

function attributesOf({ type, digested }: Signed): Buffer {
  const digest = createHash('sha256').update(digested).digest();
  const attribute = (name: string, value: Buffer): Buffer => der(TAG.sequence, oid(name), setOf(value));
  const set = [attribute(CONTENT_TYPE, oid(type)), attribute(MESSAGE_DIGEST, der(TAG.octetString, digest))];
  return Buffer.concat(set.sort(Buffer.compare));
}

/** A signature that the firmware would refuse is found here, not at the boot. */
async function checkedSignature(message: Uint8Array, key: KeyObject, signer: Signer): Promise<Uint8Array> {
  const signature = await signer.sign(message);
  if (verify('sha256', message, key, signature)) return signature;
  throw new DiskError('bad-option', 'expected a signature that the certificate verifies, got another one', {
    hint: 'sign with the private key of this certificate, by SHA-256 and, for RSA, PKCS#1 v1.5',
  });
}

import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { SignatureError } from '../error.js';
import { algorithmOf, EXPECTED_KEYS, HASHES, type Algorithm } from './algorithm.js';

/** A public key that signatures are checked with. */
export interface PublicKey {
  readonly algorithm: Algorithm;
  /** SHA-256 over the key's SubjectPublicKeyInfo (DER); 64 hex digits. */
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** `cosign public-key` writes PUBLIC KEY; OpenSSL's older RSA form is read as well. */
const PUBLIC = ['PUBLIC KEY', 'RSA PUBLIC KEY'];
/** An RSA key of 16384 bits takes 3 KiB. */
export const KEY_FILE_LIMIT = 64 << 10;

/**
 * Reads a file with one public key in PEM, as cosign writes it. `file` names it in the error `invalid-key`.
 * A private key is refused, although node:crypto would derive the public one: it must not lie in a workspace.
 */
export function readPublicKey(pem: string, file: string): PublicKey {
  const labels = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label]) => label);
  if (labels.length !== 1 || !PUBLIC.includes(labels[0])) {
    throw invalidKey(file, labels.length === 0 ? 'no PEM block' : labels.join(', '));
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw invalidKey(file, 'one that cannot be parsed', cause);
  }
  return publicKeyOf(key, file);
}

/** `file` names where the key comes from, in the error `invalid-key`. */
export function publicKeyOf(key: KeyObject, file: string): PublicKey {
  const kind = algorithmOf(key);
  if ('refused' in kind) {
    throw new SignatureError('invalid-key', `expected a key of ${EXPECTED_KEYS}, got ${kind.refused}`, {
      where: { file },
      hint: 'Make a key pair with `cosign generate-key-pair`.',
    });
  }
  const fingerprint = createHash('sha256').update(spkiOf(key)).digest('hex');
  return { algorithm: kind.algorithm, fingerprint, key };
}

/** True if the signature over the message was made with this key. The key decides the algorithm. */
export function verifies(
  { algorithm, key }: Pick<PublicKey, 'algorithm' | 'key'>,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return HASHES[algorithm].some((hash) => verify(hash, message, key, signature));
}

/** SubjectPublicKeyInfo, DER. */
export function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function invalidKey(file: string, got: string, cause?: unknown): SignatureError {
  return new SignatureError('invalid-key', `expected one public key in PEM, got ${got}`, {
    where: { file },
    hint: 'Write the public key with `cosign public-key --key cosign.key --outfile cosign.pub`.',
    cause,
  });
}

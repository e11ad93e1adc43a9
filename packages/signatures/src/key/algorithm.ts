import type { KeyObject } from 'node:crypto';

/** The kinds of keys that cosign makes or imports and that node:crypto verifies. */
export const ALGORITHMS = ['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa'] as const;
/** One of `ALGORITHMS`. */
export type Algorithm = (typeof ALGORITHMS)[number];

/**
 * The hashes that a signature may have been made with; the first one signs. The key alone decides, never the
 * signature. ECDSA P-384: cosign 3 takes SHA-384, cosign 1 and 2 take SHA-256. Ed25519 hashes by itself.
 */
export const HASHES: Readonly<Record<Algorithm, readonly (string | null)[]>> = {
  'ecdsa-p256': ['sha256'],
  'ecdsa-p384': ['sha384', 'sha256'],
  ed25519: [null],
  rsa: ['sha256'],
};

/** NIST SP 800-131A, 3: shorter RSA keys no longer count as secure. */
const RSA_MIN_BITS = 2048;

/** The algorithm of a key, or the reason why it has none of them. */
export function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails = {},
}: KeyObject): { readonly algorithm: Algorithm } | { readonly refused: string } {
  const { namedCurve = 'unnamed', modulusLength = 0 } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'ed25519') return { algorithm: 'ed25519' };
  if (asymmetricKeyType === 'ec') {
    if (namedCurve === 'prime256v1') return { algorithm: 'ecdsa-p256' };
    if (namedCurve === 'secp384r1') return { algorithm: 'ecdsa-p384' };
    return { refused: `an EC key on the curve ${namedCurve}` };
  }
  if (asymmetricKeyType !== 'rsa') return { refused: `a key of the type ${asymmetricKeyType}` };
  if (modulusLength >= RSA_MIN_BITS) return { algorithm: 'rsa' };
  return { refused: `an RSA key of ${modulusLength} bits` };
}

export const EXPECTED_KEYS = 'ECDSA P-256 or P-384, Ed25519, or RSA of at least 2048 bits';

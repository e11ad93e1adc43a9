import { generateKeyPair as generate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Algorithm } from './algorithm.js';
import { encryptKey, type EncryptedLabel } from './encrypted-key.js';

/** What kind of key pair to make, and how to protect it. */
export interface KeyPairOptions {
  /** Encrypts the private key as cosign does; without a password it is plain PKCS #8. */
  readonly password?: string;
  /** Default: `ecdsa-p256`, which is cosign's. */
  readonly algorithm?: Algorithm;
  /** PEM label of the encrypted key; default: the one that cosign writes today. */
  readonly label?: EncryptedLabel;
}

/** A key pair; both keys are in PEM. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

const RSA_BITS = 3072;

/** Makes a key pair that `cosign sign` and `cosign verify` take, like `cosign generate-key-pair`. */
export async function generateKeyPair(options: KeyPairOptions = {}): Promise<KeyPair> {
  const { privateKey, publicKey } = await makeKeys(options.algorithm ?? 'ecdsa-p256');
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey:
      options.password === undefined
        ? privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
        : await encryptKey(pkcs8, options.password, options.label),
  };
}

function makeKeys(algorithm: Algorithm): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (algorithm) {
    case 'ecdsa-p256':
      return promisify(generate)('ec', { namedCurve: 'prime256v1' });
    case 'ecdsa-p384':
      return promisify(generate)('ec', { namedCurve: 'secp384r1' });
    case 'ed25519':
      return promisify(generate)('ed25519');
    case 'rsa':
      return promisify(generate)('rsa', { modulusLength: RSA_BITS });
  }
}

import { createPrivateKey, createPublicKey, createSign, sign, type KeyObject } from 'node:crypto';
import { SignatureError } from '../error.js';
import { HASHES } from './algorithm.js';
import { decryptKey, ENCRYPTED_LABELS } from './encrypted-key.js';
import { publicKeyOf, type PublicKey } from './public-key.js';

/** A key to sign with. It never shows up in a message, and neither does its password. */
export interface PrivateKey {
  readonly publicKey: PublicKey;
  readonly key: KeyObject;
}

const PLAIN = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY'];
/** PKCS #8 with a password of OpenSSL's, which node:crypto decrypts. */
const OPENSSL_ENCRYPTED = 'ENCRYPTED PRIVATE KEY';
/** Ed25519 signs a message as a whole (RFC 8032, 5.1.6), so that it has to be in memory. */
const ED25519_MESSAGE_LIMIT = 256 << 20;

/**
 * Reads a private key: cosign's encrypted form, or PEM without or with OpenSSL's encryption. `file` names it in
 * errors: `invalid-key`, `no-password`, `wrong-password`.
 */
export async function readPrivateKey(pem: string, file: string, password?: string): Promise<PrivateKey> {
  const [, label, body] = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(pem) ?? [];
  const isCosign = (ENCRYPTED_LABELS as readonly string[]).includes(label);
  if (!isCosign && !PLAIN.includes(label) && label !== OPENSSL_ENCRYPTED) throw invalidKey(file, label);
  if ((isCosign || label === OPENSSL_ENCRYPTED) && password === undefined) {
    throw new SignatureError('no-password', 'the private key is encrypted, and no password was given', {
      where: { file },
      hint: 'Give the password in the environment variable COSIGN_PASSWORD or in a file.',
    });
  }
  const key = isCosign
    ? openKey(
        { key: await decryptKey(Buffer.from(body, 'base64'), password!, file), format: 'der', type: 'pkcs8' },
        file,
      )
    : openKey({ key: pem, ...(label === OPENSSL_ENCRYPTED ? { passphrase: password } : {}) }, file);
  return { publicKey: publicKeyOf(createPublicKey(key), file), key };
}

/** A signature over a message that is in memory. ECDSA signatures are DER, and differ each time. */
export function signMessage({ key, publicKey }: PrivateKey, message: Uint8Array): Buffer {
  return sign(HASHES[publicKey.algorithm][0], message, key);
}

/**
 * A signature over a stream, in constant memory; with Ed25519 the stream is collected, and the error
 * `file-too-large` says so above 256 MiB.
 */
export async function signStream(
  { key, publicKey }: PrivateKey,
  message: AsyncIterable<Uint8Array>,
  file: string,
): Promise<Buffer> {
  const [hash] = HASHES[publicKey.algorithm];
  if (hash === null) return sign(null, await collectMessage(message, file), key);
  const signer = createSign(hash);
  for await (const chunk of message) signer.update(chunk);
  return signer.sign(key);
}

/** The whole message, which Ed25519 needs at once; error: `file-too-large`. */
export async function collectMessage(message: AsyncIterable<Uint8Array>, file: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message) {
    length += chunk.length;
    if (length > ED25519_MESSAGE_LIMIT) {
      throw new SignatureError(
        'file-too-large',
        `an Ed25519 key signs at most ${ED25519_MESSAGE_LIMIT} bytes, as it needs the whole file in memory`,
        { where: { file }, hint: 'Sign with an ECDSA P-256 key, as `cosign generate-key-pair` makes it.' },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function openKey(input: Parameters<typeof createPrivateKey>[0], file: string): KeyObject {
  try {
    return createPrivateKey(input);
  } catch (cause) {
    const isPassword = /bad decrypt|BAD_DECRYPT/.test(String((cause as NodeJS.ErrnoException).message));
    if (!isPassword) throw invalidKey(file, 'one that cannot be parsed');
    throw new SignatureError('wrong-password', 'the password does not decrypt the private key', {
      where: { file },
      hint: 'Give the password in the environment variable COSIGN_PASSWORD or in a file.',
    });
  }
}

function invalidKey(file: string, got: string | undefined): SignatureError {
  return new SignatureError('invalid-key', `expected a private key in PEM, got ${got ?? 'no PEM block'}`, {
    where: { file },
    hint: 'Make a key pair with `cosign generate-key-pair`.',
  });
}

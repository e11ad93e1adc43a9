import { randomBytes, scrypt } from 'node:crypto';
import { SignatureError } from '../error.js';
import { asObject, asString, decodeBase64, FormatError, parseJson, quote } from '../json.js';

/** PEM labels of cosign: the first one is what it writes today, the second one what it wrote before 2022. */
export const ENCRYPTED_LABELS = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY'] as const;
export type EncryptedLabel = (typeof ENCRYPTED_LABELS)[number];

interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What cosign writes, by go-securesystemslib's `encrypted`: 32 MiB and 0.1 s for a guess. */
const SCRYPT: ScryptParameters = { N: 32768, r: 8, p: 1 };
/** go-securesystemslib also writes 65536 (OWASP's choice). A file must not ask for more memory than that: 64 MiB. */
const SCRYPT_N = [32768, 65536];
const [KEY_BYTES, SALT_BYTES, NONCE_BYTES] = [32, 32, 24];
const LINE = 64;

/**
 * A private key (PKCS #8, DER) as cosign keeps it: scrypt turns the password into a key, NaCl's secretbox
 * (XSalsa20-Poly1305) encrypts with it, and the JSON around both is the body of a PEM block.
 * https://pkg.go.dev/github.com/secure-systems-lab/go-securesystemslib/encrypted
 */
export async function encryptKey(
  pkcs8: Uint8Array,
  password: string,
  label: EncryptedLabel = ENCRYPTED_LABELS[0],
): Promise<string> {
  const { secretbox } = (await import('tweetnacl')).default;
  const [salt, nonce] = [randomBytes(SALT_BYTES), randomBytes(NONCE_BYTES)];
  const box = secretbox(pkcs8, nonce, await derive(password, salt, SCRYPT));
  const document = {
    kdf: { name: 'scrypt', params: SCRYPT, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(box).toString('base64'),
  };
  return toPem(label, Buffer.from(JSON.stringify(document)));
}

/** The PKCS #8 bytes. Errors: `wrong-password`, `invalid-key`; neither repeats the password or the key. */
export async function decryptKey(body: Uint8Array, password: string, file: string): Promise<Buffer> {
  const { secretbox } = (await import('tweetnacl')).default;
  const { parameters, salt, nonce, ciphertext } = readEncrypted(body, file);
  const key = secretbox.open(ciphertext, nonce, await derive(password, salt, parameters));
  if (key) return Buffer.from(key);
  throw new SignatureError('wrong-password', 'the password does not decrypt the private key', {
    where: { file },
    hint: 'Give the password in the environment variable COSIGN_PASSWORD or in a file.',
  });
}

function readEncrypted(body: Uint8Array, file: string) {
  try {
    const document = asObject(parseJson(Buffer.from(body).toString('utf8'), 'the encrypted key'), 'the key');
    const kdf = asObject(document.kdf, 'kdf');
    const cipher = asObject(document.cipher, 'cipher');
    expectName(kdf.name, 'scrypt', 'kdf.name');
    expectName(cipher.name, 'nacl/secretbox', 'cipher.name');
    return {
      parameters: readParameters(asObject(kdf.params, 'kdf.params')),
      salt: bytesOf(kdf.salt, 'kdf.salt', SALT_BYTES),
      nonce: bytesOf(cipher.nonce, 'cipher.nonce', NONCE_BYTES),
      ciphertext: bytesOf(document.ciphertext, 'ciphertext'),
    };
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new SignatureError(
      'invalid-key',
      `expected a private key as cosign encrypts it: ${cause.message}`,
      {
        where: { file },
        hint: 'Make a key pair with `cosign generate-key-pair`.',
      },
    );
  }
}

function readParameters({ N, r, p }: { readonly [key: string]: unknown }): ScryptParameters {
  if (SCRYPT_N.includes(N as number) && r === SCRYPT.r && p === SCRYPT.p)
    return { ...SCRYPT, N: N as number };
  throw new FormatError(
    `kdf.params: expected N ${SCRYPT_N.join(' or ')}, r 8, p 1, got N ${quote(N)}, r ${quote(r)}, p ${quote(p)}`,
  );
}

function expectName(value: unknown, expected: string, what: string): void {
  if (value !== expected) throw new FormatError(`${what}: expected ${quote(expected)}, got ${quote(value)}`);
}

function bytesOf(value: unknown, what: string, length?: number): Buffer {
  const bytes = decodeBase64(asString(value, what), what);
  if (length === undefined || bytes.length === length) return bytes;
  throw new FormatError(`${what}: expected ${length} bytes, got ${bytes.length}`);
}

function derive(password: string, salt: Uint8Array, { N, r, p }: ScryptParameters): Promise<Buffer> {
  // Node's default limit of 32 MiB is just below what N 32768 needs.
  const maxmem = 2 * 128 * N * r;
  return new Promise((resolve, reject) =>
    scrypt(password, salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

function toPem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

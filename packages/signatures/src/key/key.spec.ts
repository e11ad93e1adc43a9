import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe as describeError } from '@nx-linuxkit/errors';
import { temporaryFolder } from '../__tests__/folder.js';
import { openssl } from '../__tests__/openssl.js';
import { newKey } from '../__tests__/signing.js';
import { ALGORITHMS } from './algorithm.js';
import { ENCRYPTED_LABELS } from './encrypted-key.js';
import { generateKeyPair } from './key-pair.js';
import { readPassword } from './password.js';
import { readPrivateKey, signMessage } from './private-key.js';
import { readPublicKey, verifies } from './public-key.js';

const folder = temporaryFolder();
const MESSAGE = Buffer.from('the message');

describe.each(ALGORITHMS)('a key pair of %s', (algorithm) => {
  it('makes a signature that openssl verifies, and verifies one that openssl makes', async () => {
    const { publicKey, privateKey } = await generateKeyPair({ algorithm });
    const key = await readPrivateKey(privateKey, 'cosign.key');
    const [pub, priv] = [folder.write('a.pub', publicKey), folder.write('a.key', privateKey)];
    const [message, signature] = [
      folder.write('message', MESSAGE),
      folder.write('a.sig', signMessage(key, MESSAGE)),
    ];
    const raw =
      algorithm === 'ed25519'
        ? ['-rawin']
        : ['-rawin', '-digest', algorithm === 'ecdsa-p384' ? 'sha384' : 'sha256'];
    const verified = openssl(
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      pub,
      ...raw,
      '-in',
      message,
      '-sigfile',
      signature,
    );
    expect(verified).toContain('Signature Verified Successfully');
    openssl('pkeyutl', '-sign', '-inkey', priv, ...raw, '-in', message, '-out', signature);
    expect(verifies(readPublicKey(publicKey, 'a.pub'), MESSAGE, readFileSync(signature))).toBe(true);
  });

  it('refuses a changed message, a changed signature and a signature of another key', async () => {
    const [key, other] = [await newKey(algorithm), await newKey(algorithm)];
    const signature = signMessage(key, MESSAGE);
    const wrong = Buffer.from(signature);
    wrong[wrong.length - 1] ^= 1;
    expect(verifies(key.publicKey, MESSAGE, signature)).toBe(true);
    expect(verifies(key.publicKey, Buffer.from('the message '), signature)).toBe(false);
    expect(verifies(key.publicKey, MESSAGE, wrong)).toBe(false);
    expect(verifies(key.publicKey, MESSAGE, Buffer.alloc(0))).toBe(false);
    expect(verifies(other.publicKey, MESSAGE, signature)).toBe(false);
  });
});

it('P-384 is verified with SHA-256 too, which cosign 1 and 2 take', async () => {
  const { publicKey, privateKey } = await generateKeyPair({ algorithm: 'ecdsa-p384' });
  const [key, message] = [folder.write('b.key', privateKey), folder.write('message', MESSAGE)];
  const signature = join(folder.path, 'b.sig');
  openssl('dgst', '-sha256', '-sign', key, '-out', signature, message);
  expect(verifies(readPublicKey(publicKey, 'b.pub'), MESSAGE, readFileSync(signature))).toBe(true);
});

describe('an encrypted private key', () => {
  /** Encryption is slow on purpose, so tests that damage a key share one. */
  let encrypted: string;
  beforeAll(async () => ({ privateKey: encrypted } = await generateKeyPair({ password: 'secret' })));

  it.each(ENCRYPTED_LABELS)('is written and read as %s', async (label) => {
    const { privateKey, publicKey } = await generateKeyPair({ password: 'secret', label });
    expect(privateKey).toContain(`-----BEGIN ${label}-----`);
    const key = await readPrivateKey(privateKey, 'cosign.key', 'secret');
    expect(key.publicKey.fingerprint).toBe(readPublicKey(publicKey, 'cosign.pub').fingerprint);
  });

  it('may have an empty password, as cosign allows', async () => {
    const { privateKey } = await generateKeyPair({ password: '' });
    expect((await readPrivateKey(privateKey, 'cosign.key', '')).publicKey.algorithm).toBe('ecdsa-p256');
  });

  it('is read with the encryption of openssl', async () => {
    const path = join(folder.path, 'encrypted.pem');
    openssl(
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-aes256',
      '-pass',
      'pass:secret',
      '-out',
      path,
    );
    const pem = readFileSync(path, 'utf8');
    expect((await readPrivateKey(pem, path, 'secret')).publicKey.algorithm).toBe('ecdsa-p256');
    await expect(readPrivateKey(pem, path, 'wrong')).rejects.toMatchObject({ code: 'wrong-password' });
    await expect(readPrivateKey(pem, path)).rejects.toMatchObject({ code: 'no-password' });
  });

  it('is refused with a wrong password, and the error shows neither password nor key', async () => {
    const error = await readPrivateKey(encrypted, 'cosign.key', 'guess-4711').catch((reason) => reason);
    expect(error).toMatchObject({ code: 'wrong-password', where: { file: 'cosign.key' } });
    expect(describeError(error)).not.toMatch(/guess-4711|BEGIN|ciphertext/);
  });

  it('is refused without a password', async () => {
    await expect(readPrivateKey(encrypted, 'cosign.key')).rejects.toMatchObject({ code: 'no-password' });
  });

  it.each([
    [
      'memory without limit',
      { kdf: { name: 'scrypt', params: { N: 2 ** 30, r: 8, p: 1 } } },
      'N 32768 or 65536',
    ],
    ['another kdf', { kdf: { name: 'argon2' } }, 'kdf.name: expected "scrypt"'],
    ['another cipher', { cipher: { name: 'aes' } }, 'cipher.name: expected "nacl/secretbox"'],
  ])('is refused if it asks for %s', async (_, change, message) => {
    const body = Buffer.from(encrypted.replace(/-----.*-----/g, ''), 'base64').toString();
    const changed = Buffer.from(JSON.stringify({ ...JSON.parse(body), ...change })).toString('base64');
    const label = ENCRYPTED_LABELS[0];
    const pem = `-----BEGIN ${label}-----\n${changed}\n-----END ${label}-----\n`;
    await expect(readPrivateKey(pem, 'cosign.key', 'secret')).rejects.toMatchObject({
      code: 'invalid-key',
      message: expect.stringContaining(message),
    });
  });
});

describe('a public key file', () => {
  const pair = (type: 'ec' | 'rsa' | 'dsa', options: object) =>
    generateKeyPairSync(type as 'ec', options as { namedCurve: string })
      .publicKey.export({ type: 'spki', format: 'pem' })
      .toString();

  it.each([
    ['nothing', () => 'text', 'no PEM block'],
    ['a private key', async () => (await generateKeyPair()).privateKey, 'got PRIVATE KEY'],
    [
      'an encrypted private key',
      async () => (await generateKeyPair({ password: 'x' })).privateKey,
      'got ENCRYPTED',
    ],
    ['two keys', async () => (await generateKeyPair()).publicKey.repeat(2), 'got PUBLIC KEY, PUBLIC KEY'],
    [
      'a certificate',
      () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      'got CERTIFICATE',
    ],
    [
      'rubbish in PEM',
      () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'cannot be parsed',
    ],
    ['a short RSA key', () => pair('rsa', { modulusLength: 1024 }), 'an RSA key of 1024 bits'],
    ['another curve', () => pair('ec', { namedCurve: 'secp256k1' }), 'an EC key on the curve secp256k1'],
    ['a DSA key', () => pair('dsa', { modulusLength: 1024 }), 'a key of the type dsa'],
  ])('with %s is refused', async (_, make, message) => {
    const pem = await make();
    const read = () => readPublicKey(pem, 'keys/a.pub');
    expect(read).toThrow(expect.objectContaining({ code: 'invalid-key', where: { file: 'keys/a.pub' } }));
    expect(read).toThrow(message);
  });
});

describe('the password', () => {
  it('comes from COSIGN_PASSWORD, or from the variable that is named', async () => {
    expect(await readPassword({}, { COSIGN_PASSWORD: 'a' })).toBe('a');
    expect(await readPassword({ variable: 'MINE' }, { COSIGN_PASSWORD: 'a', MINE: '' })).toBe('');
    expect(await readPassword({}, {})).toBeUndefined();
  });

  it('is the first line of a file, which wins over the environment', async () => {
    const file = folder.write('password', 'of the file\r\nsecond line\n');
    expect(await readPassword({ file }, { COSIGN_PASSWORD: 'a' })).toBe('of the file');
  });

  it('has an error for a file that cannot be read', async () => {
    const file = join(folder.path, 'absent');
    await expect(readPassword({ file }, {})).rejects.toMatchObject({ code: 'unreadable-file' });
  });
});

import { createHash, createVerify, verify } from 'node:crypto';
import { SignatureError } from '../error.js';
import { streamFile } from '../file.js';
import { readBundle, type MessageSignature } from '../format/bundle.js';
import { asObject, FormatError, parseJson } from '../json.js';
import { HASHES } from '../key/algorithm.js';
import { collectMessage } from '../key/private-key.js';
import type { PublicKey } from '../key/public-key.js';
import { hashed } from './hashed.js';

const DIGESTS: Readonly<Record<string, string>> = { SHA2_256: 'sha256', SHA2_384: 'sha384' };

/**
 * Checks a file against the bundle beside it and one key, in constant memory (Ed25519: the whole file). The digest in
 * the bundle only makes the error clearer; the signature over the bytes decides. Errors: `untrusted`, `invalid-bundle`,
 * `unreadable-file`.
 */
export async function verifyFile(path: string, bundle: string, key: PublicKey): Promise<void> {
  const { algorithm, digest, signature } = readMessageBundle(bundle, path);
  const hash = createHash(DIGESTS[algorithm]);
  const isSigned = await verifiesStream(
    key,
    hashed(streamFile(path, 'the signed file'), hash),
    signature,
    path,
  );
  if (!hash.digest().equals(digest)) throw untrusted(path, 'its bytes are not those that the bundle is for');
  if (!isSigned) throw untrusted(path, 'the signature was not made with this key, or was changed');
}

function readMessageBundle(text: string, path: string): MessageSignature {
  try {
    const { content } = readBundle(asObject(parseJson(text, 'the bundle'), 'the bundle'));
    if ('payloadType' in content) throw new FormatError('expected a messageSignature, got a dsseEnvelope');
    if (content.algorithm in DIGESTS) return content;
    throw new FormatError(`expected a digest of SHA2_256 or SHA2_384, got ${content.algorithm}`);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new SignatureError('invalid-bundle', `the bundle of ${path}: ${error.message}`, {
      hint: 'Sign the file again.',
    });
  }
}

async function verifiesStream(
  { algorithm, key }: PublicKey,
  bytes: AsyncIterable<Uint8Array>,
  signature: Uint8Array,
  path: string,
): Promise<boolean> {
  const hashes = HASHES[algorithm];
  if (hashes[0] === null) return verify(null, await collectMessage(bytes, path), key, signature);
  const verifiers = hashes.map((hash) => createVerify(hash!));
  for await (const chunk of bytes) verifiers.forEach((verifier) => verifier.update(chunk));
  return verifiers.some((verifier) => verifier.verify(key, signature));
}

function untrusted(path: string, why: string): SignatureError {
  return new SignatureError('untrusted', `${path} is not what was signed: ${why}`, {
    hint: 'Sign the file again, or check with the key of who signed it.',
  });
}

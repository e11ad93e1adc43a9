import { createHash } from 'node:crypto';
import { BUNDLE_MEDIA_TYPE } from '../format/bundle.js';
import { SignatureError } from '../error.js';
import { streamFile } from '../file.js';
import { canonicalJson } from '../json.js';
import { HASHES } from '../key/algorithm.js';
import { signStream, type PrivateKey } from '../key/private-key.js';
import { hashed } from './hashed.js';
import { verifyFile } from './verify-file.js';

/** Names of node:crypto to those of a bundle. Ed25519 takes no hash; its bundle still names the file by one. */
const HASH_NAMES: Readonly<Record<string, string>> = { sha256: 'SHA2_256', sha384: 'SHA2_384' };
const NAMING_HASH = 'sha256';

/**
 * Signs a file as `cosign sign-blob --key … --bundle …` does without a transparency log, and gives the bundle's text, to
 * be written beside the file. `existing` is the bundle that is there already: if the same key made it for the same
 * bytes, it is given back unchanged, as ECDSA is randomised. Errors: `unreadable-file`, `file-too-large` (Ed25519).
 */
export async function signFile(path: string, key: PrivateKey, existing?: string): Promise<string> {
  if (existing !== undefined && (await isSigned(path, key, existing))) return existing;
  const hash = HASHES[key.publicKey.algorithm][0] ?? NAMING_HASH;
  const digest = createHash(hash);
  const signature = await signStream(key, hashed(streamFile(path, 'the file to sign'), digest), path);
  return canonicalJson({
    mediaType: BUNDLE_MEDIA_TYPE,
    // cosign's form of the hint: the key's fingerprint.
    verificationMaterial: {
      publicKey: { hint: Buffer.from(key.publicKey.fingerprint, 'hex').toString('base64') },
      tlogEntries: [],
    },
    messageSignature: {
      messageDigest: { algorithm: HASH_NAMES[hash], digest: digest.digest('base64') },
      signature: signature.toString('base64'),
    },
  });
}

async function isSigned(path: string, { publicKey }: PrivateKey, bundle: string): Promise<boolean> {
  try {
    await verifyFile(path, bundle, publicKey);
    return true;
  } catch (error) {
    if (error instanceof SignatureError && ['untrusted', 'invalid-bundle'].includes(error.code)) return false;
    throw error;
  }
}

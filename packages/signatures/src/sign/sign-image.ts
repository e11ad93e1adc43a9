import type { Descriptor, Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import { SignatureError } from '../error.js';
import { tagOf } from '../find/place.js';
import { ANNOTATIONS, SIMPLE_SIGNING, signedDigest, simpleSigningPayload } from '../format/simple-signing.js';
import { FormatError } from '../json.js';
import { signMessage, type PrivateKey } from '../key/private-key.js';
import { verifies, type PublicKey } from '../key/public-key.js';
import { pushable } from './blob.js';
import { appendSignature, readSignatureManifest } from './signature-manifest.js';

/** The part of a repository that signing uses. */
export type SignatureTarget = Pick<Repository, 'name' | 'manifest' | 'blob' | 'push'>;

/** Where the signature of an image lies, and whether it is new. */
export interface SignedImage {
  /** `ghcr.io/org/app:sha256-….sig`. */
  readonly tag: string;
  /** False if the key had signed the image before: nothing was written then. */
  readonly added: boolean;
}

/** Registries have no atomic append, so a signature that another signer has just overwritten is appended again. */
const ATTEMPTS = 3;
const PAYLOAD_LIMIT = 1 << 20;

/**
 * Signs a manifest or an index of a repository as `cosign sign --key` does: a layer at the `.sig` tag. Signatures that are
 * there stay, and one by the same key is kept instead of making another one, as ECDSA is randomised. Errors: `OciError`
 * with `not-found` if there is no such image (the repository must have no mirrors, as they may lag behind), `invalid-signatures` if the tag holds something else.
 */
export async function signImage(
  repository: SignatureTarget,
  digest: Digest,
  key: PrivateKey,
): Promise<SignedImage> {
  await repository.manifest(digest);
  const tag = tagOf(digest, '.sig');
  const signed = { tag: `${repository.name}:${tag}` };
  const payload = simpleSigningPayload(repository.name, digest);
  const signature = signMessage(key, payload);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const existing = await readSignatureManifest(repository, digest);
    if (await isSignedBy(repository, existing?.layers ?? [], digest, key.publicKey)) {
      return { ...signed, added: attempt > 0 };
    }
    const { manifest, config } = appendSignature(existing, payload, signature);
    await repository.push(tag, {
      mediaType: manifest.mediaType,
      manifest: manifest.bytes,
      blobs: [config, { mediaType: SIMPLE_SIGNING, bytes: payload }].map(pushable),
    });
  }
  const last = await readSignatureManifest(repository, digest);
  if (await isSignedBy(repository, last?.layers ?? [], digest, key.publicKey))
    return { ...signed, added: true };
  throw new SignatureError(
    'invalid-signatures',
    `${signed.tag} was overwritten ${ATTEMPTS} times while it was signed`,
    { hint: 'Sign the image from one place at a time, and try again.' },
  );
}

async function isSignedBy(
  repository: SignatureTarget,
  layers: readonly Descriptor[],
  digest: Digest,
  key: PublicKey,
): Promise<boolean> {
  for (const layer of layers) {
    const signature = layer.annotations?.[ANNOTATIONS.signature];
    if (layer.mediaType !== SIMPLE_SIGNING || signature === undefined || layer.size > PAYLOAD_LIMIT) continue;
    const payload = await repository.blob(layer, PAYLOAD_LIMIT);
    if (names(payload, digest) && verifies(key, payload, Buffer.from(signature, 'base64'))) return true;
  }
  return false;
}

function names(payload: Buffer, digest: Digest): boolean {
  try {
    return signedDigest(payload) === digest;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

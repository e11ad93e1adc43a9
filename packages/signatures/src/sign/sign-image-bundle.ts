import { parseDocument, type Digest } from '@nx-linuxkit/oci';
import type { Repository } from '@nx-linuxkit/oci/registry';
import { checkSignature } from '../check/check-signature.js';
import { findSignatures } from '../find/find.js';
import { BUNDLE_MEDIA_TYPE } from '../format/bundle.js';
import { preAuthEncoding } from '../format/dsse.js';
import { SIGN_PREDICATE, STATEMENT_MEDIA_TYPE, STATEMENT_TYPE } from '../format/statement.js';
import { canonicalJson } from '../json.js';
import { signMessage, type PrivateKey } from '../key/private-key.js';
import { pushReferrer, subjectOf } from './referrer.js';

/** The part of a repository that signing with a bundle uses. */
export type BundleTarget = Pick<Repository, 'name' | 'manifest' | 'referrers' | 'blob' | 'push'>;

/**
 * Signs a manifest or an index as cosign 3 does with a key and without a transparency log: a bundle that refers to it. cosign 3 looks
 * at the `.sig` tag only if an image has no bundle at all, so an image that has provenance needs this form. A bundle by
 * the same key is kept instead of making another one; then `added` is false. Errors: `OciError` with `not-found` if
 * there is no such image, `invalid-signatures` if the fallback tag holds something else.
 */
export async function signImageWithBundle(
  repository: BundleTarget,
  digest: Digest,
  key: PrivateKey,
): Promise<{ readonly added: boolean }> {
  const { bytes, contentType } = await repository.manifest(digest);
  if (await isSignedBy(repository, digest, key)) return { added: false };
  const document = parseDocument(bytes, contentType, `manifest ${repository.name}@${digest}`);
  const { mediaType } = document.kind === 'index' ? document.index : document.manifest;
  await pushReferrer(repository, subjectOf(bytes, mediaType), makeBundle(digest, key));
  return { added: true };
}

/** The bundle of `cosign sign`: a statement about the digest in an envelope. */
function makeBundle(digest: Digest, key: PrivateKey): Buffer {
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: SIGN_PREDICATE,
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = signMessage(key, preAuthEncoding(STATEMENT_MEDIA_TYPE, payload));
  return Buffer.from(
    canonicalJson({
      mediaType: BUNDLE_MEDIA_TYPE,
      verificationMaterial: {
        publicKey: { hint: Buffer.from(key.publicKey.fingerprint, 'hex').toString('base64') },
        tlogEntries: [],
      },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: STATEMENT_MEDIA_TYPE,
        signatures: [{ sig: signature.toString('base64') }],
      },
    }),
  );
}

async function isSignedBy(
  repository: BundleTarget,
  digest: Digest,
  { publicKey }: PrivateKey,
): Promise<boolean> {
  for await (const item of findSignatures(repository, digest)) {
    if ('outcome' in item || item.signature.format !== 'bundle') continue;
    const authority = { kind: 'key' as const, file: 'the key to sign with', key: publicKey };
    if ((await checkSignature(item.signature, digest, authority)).convinced) return true;
  }
  return false;
}

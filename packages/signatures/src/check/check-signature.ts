import type { Digest } from '@nx-linuxkit/oci';
import { readBundle, type BundleContent, type Envelope, type SigstoreBundle } from '../format/bundle.js';
import { preAuthEncoding } from '../format/dsse.js';
import { signedDigest, type SimpleSigning } from '../format/simple-signing.js';
import type { Signature } from '../format/signature.js';
import { signedDigests, STATEMENT_MEDIA_TYPE } from '../format/statement.js';
import { decodeBase64, FormatError, quote } from '../json.js';
import { verifies } from '../key/public-key.js';
import type { Authority } from '../policy/policy.js';
import { toBundle } from './rekor-bundle.js';
import { verifyWithSigstore } from './sigstore.js';
import { NotConvinced, type Signer, type Verdict } from './verdict.js';

type KeyAuthority = Authority & { readonly kind: 'key' };
type IdentityAuthority = Authority & { readonly kind: 'identity' };

/**
 * Checks one signature for one digest against one authority. Reads nothing but its arguments (and loads
 * @sigstore/verify where a certificate or a log counts), so that the same arguments give the same verdict, whatever
 * the clock says. Error: `missing-package`; everything that is wrong with the signature is a verdict.
 */
export async function checkSignature(
  signature: Signature,
  digest: Digest,
  authority: Authority,
): Promise<Verdict> {
  try {
    const signer =
      signature.format === 'simple-signing'
        ? await checkSimpleSigning(signature, digest, authority)
        : await checkBundle(signature, digest, authority);
    return { convinced: true, signer };
  } catch (error) {
    if (error instanceof FormatError)
      return { convinced: false, outcome: 'wrong format', detail: error.message };
    if (!(error instanceof NotConvinced)) throw error;
    return { convinced: false, outcome: error.outcome, detail: error.message };
  }
}

async function checkSimpleSigning(
  signature: SimpleSigning,
  digest: Digest,
  authority: Authority,
): Promise<Signer> {
  const signer =
    authority.kind === 'key'
      ? await keySignerOfPayload(signature, authority)
      : await identitySigner(authority, toBundle(signature), signature.payload);
  expectImage([signedDigest(signature.payload)], digest);
  return signer;
}

async function checkBundle(
  { bundle }: SigstoreBundle,
  digest: Digest,
  authority: Authority,
): Promise<Signer> {
  const content = readBundle(bundle);
  const envelope = envelopeOf(content);
  const signer =
    authority.kind === 'key'
      ? await keySignerOfEnvelope(envelope, bundle, authority)
      : await identitySigner(authority, bundle);
  expectImage(signedDigests(envelope.payload), digest);
  return signer;
}

/** The payload is checked as it is stored. */
async function keySignerOfPayload(signature: SimpleSigning, authority: KeyAuthority): Promise<Signer> {
  expectKey(authority, signature.payload, decodeBase64(signature.signature, 'the signature'));
  if (authority.root) {
    await verifyWithSigstore({
      bundle: toBundle(signature),
      artifact: signature.payload,
      root: authority.root,
      key: authority.key,
    });
  }
  return keySigner(authority);
}

/** The hint of the bundle is not read: it is not signed, and its form differs between clients. */
async function keySignerOfEnvelope(
  { payload, payloadType, signature }: Envelope,
  bundle: SigstoreBundle['bundle'],
  authority: KeyAuthority,
): Promise<Signer> {
  expectKey(authority, preAuthEncoding(payloadType, payload), signature);
  if (authority.root) await verifyWithSigstore({ bundle, root: authority.root, key: authority.key });
  return keySigner(authority);
}

async function identitySigner(
  { identity, issuer, root }: IdentityAuthority,
  bundle: SigstoreBundle['bundle'],
  artifact?: Buffer,
): Promise<Signer> {
  if (readBundle(bundle).material === 'public-key') {
    throw new NotConvinced('wrong identity', 'it was signed with a key and has no certificate');
  }
  const certified = await verifyWithSigstore({ bundle, artifact, root });
  if (!certified) throw new NotConvinced('wrong identity', 'the certificate names no subject or no issuer');
  if (!identity.matches(certified.identity) || !issuer.matches(certified.issuer)) {
    throw new NotConvinced(
      'wrong identity',
      `it was signed by ${quote(certified.identity, 300)} of ${quote(certified.issuer, 300)}`,
    );
  }
  return { kind: 'identity', ...certified };
}

/** A bundle over a file is valid, but says nothing about an image. */
function envelopeOf({ content }: BundleContent): Envelope {
  if (!('payloadType' in content)) throw new FormatError('expected a dsseEnvelope, got a messageSignature');
  if (content.payloadType === STATEMENT_MEDIA_TYPE) return content;
  throw new FormatError(
    `payloadType: expected ${quote(STATEMENT_MEDIA_TYPE)}, got ${quote(content.payloadType)}`,
  );
}

function expectKey({ key, file }: KeyAuthority, message: Uint8Array, signature: Uint8Array): void {
  if (verifies(key, message, signature)) return;
  throw new NotConvinced('wrong key', `the signature was not made with the key of ${file}, or was changed`);
}

function expectImage(signed: readonly string[], digest: Digest): void {
  if (signed.includes(digest)) return;
  throw new NotConvinced(
    'wrong image',
    `it is a signature of ${signed.map((item) => quote(item)).join(', ') || 'nothing'}`,
  );
}

function keySigner({ file, key }: KeyAuthority): Signer {
  return { kind: 'key', file, fingerprint: key.fingerprint };
}

import type { SerializedBundle } from '@sigstore/bundle';
import { installCommand } from '@nx-linuxkit/errors';
import { SignatureError } from '../error.js';
import { quote, type JsonObject } from '../json.js';
import type { PublicKey } from '../key/public-key.js';
import type { TrustedRootFile } from '../policy/policy.js';
import { NotConvinced } from './verdict.js';

export interface SigstoreCheck {
  readonly bundle: JsonObject;
  /** What a messageSignature was made over. */
  readonly artifact?: Buffer;
  readonly root: TrustedRootFile;
  /** The key that signed; without it the bundle has a certificate. */
  readonly key?: PublicKey;
}

/** Subject and issuer of a certificate whose chain, time and log entry hold. */
export interface CertifiedIdentity {
  readonly identity: string;
  readonly issuer: string;
}

/**
 * One log entry, and one time of signing: the promise of a Rekor v1 log, or a timestamp authority. A certificate is
 * valid for minutes, so it is held against that time and never against a clock.
 */
const THRESHOLDS = { tlogThreshold: 1, timestampThreshold: 1 };
/** A certificate must have been published in a certificate transparency log; a key has none. */
const CERTIFICATE_LOGS = { certificate: 1, key: 0 };

/**
 * Verifies certificate chain, signed certificate timestamp, log entry, time and signature with @sigstore/verify.
 * What the signature says (image, payload type, subject) is the caller's to check, and so is the identity: the
 * library takes it as a regular expression that is not anchored. Throws `NotConvinced`; error: `missing-package`.
 */
export async function verifyWithSigstore(check: SigstoreCheck): Promise<CertifiedIdentity | undefined> {
  const { verify, bundles, specs } = await loadSigstore();
  const parsed = parse(
    () => bundles.bundleFromJSON(check.bundle as unknown as SerializedBundle),
    'wrong format',
  );
  const root = readRoot(
    () => verify.toTrustMaterial(specs.TrustedRoot.fromJSON(check.root.json), keyFinder(check)),
    check,
  );
  const ctlogThreshold = check.key ? CERTIFICATE_LOGS.key : CERTIFICATE_LOGS.certificate;
  const verifier = new verify.Verifier(root, { ...THRESHOLDS, ctlogThreshold });
  const entity = parse(() => verify.toSignedEntity(parsed, check.artifact), 'wrong format');
  const signer = parse(() => verifier.verify(entity));
  const { subjectAlternativeName, extensions } = signer.identity ?? {};
  if (!subjectAlternativeName || !extensions?.issuer) return undefined;
  return { identity: subjectAlternativeName, issuer: extensions.issuer };
}

/** Ignores the hint: the caller has one key in mind. */
function keyFinder({ key }: SigstoreCheck) {
  return () => {
    if (!key) throw new NotConvinced('wrong identity', 'it was signed with a key and has no certificate');
    return { publicKey: key.key, validFor: () => true };
  };
}

/** Runs a step of the library on foreign bytes: whatever it throws is about them. */
function parse<T>(step: () => T, outcome?: 'wrong format'): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof NotConvinced) throw error;
    const { code, message } = error as Error & { code?: string };
    const reason = code === 'SIGNATURE_ERROR' ? 'wrong key' : 'wrong proof';
    // The message may repeat foreign text, so it is made fit for one line.
    throw new NotConvinced(outcome ?? reason, quote(message, 200).slice(1, -1));
  }
}

function readRoot<T>(read: () => T, { root }: SigstoreCheck): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof NotConvinced) throw cause;
    throw new SignatureError(
      'invalid-trusted-root',
      `expected Sigstore's trusted root: ${(cause as Error).message}`,
      {
        where: { file: root.file },
        hint: 'Write it with `cosign trusted-root create` or take trusted_root.json of your Sigstore instance.',
        cause,
      },
    );
  }
}

const SIGSTORE = ['@sigstore/verify@3', '@sigstore/bundle@4', '@sigstore/protobuf-specs@0.5'];

/** Only identities and logs need the libraries (1 MB), so they are optional and loaded here. */
async function loadSigstore() {
  try {
    const [verify, bundles, specs] = await Promise.all([
      import('@sigstore/verify'),
      import('@sigstore/bundle'),
      import('@sigstore/protobuf-specs'),
    ]);
    return { verify, bundles, specs };
  } catch (cause) {
    throw new SignatureError('missing-package', '@sigstore/verify is needed to check certificates and logs', {
      hint: `Run \`${installCommand(SIGSTORE)}\`.`,
      cause,
    });
  }
}

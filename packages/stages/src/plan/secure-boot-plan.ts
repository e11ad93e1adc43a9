import { X509Certificate } from 'node:crypto';
import { keyOf } from './key.js';
import { SECURE_BOOT_VARIABLES } from './secure-boot-settings.js';
import type { Settings } from './settings.js';
import type { ReadText } from './signature-plan.js';

/** What a format that is signed depends on. The private key is not among it. */
export interface SecureBootPlan {
  /** Hash of the certificates and of the signer's identity. */
  readonly key: string;
  /** The file of the certificate, relative to the workspace, if it is in one. */
  readonly files: readonly string[];
  /** The environment variable that holds the certificate, if no file does. */
  readonly variables: readonly string[];
  /** Whether the signer gives the same bytes each time: RSA does, an elliptic key takes random numbers. */
  readonly repeats: boolean;
}

/** Plans the signatures of EFI programs; undefined without the option `secureBoot`. Signing says what is wrong with it. */
export function planSecureBoot(
  { secureBoot }: Settings,
  readText: ReadText,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SecureBootPlan | undefined {
  if (!secureBoot) return undefined;
  const {
    certificate,
    certificateVariable = SECURE_BOOT_VARIABLES.certificate,
    command,
    identity,
    enrol,
  } = secureBoot;
  const text = certificate === undefined ? environment[certificateVariable] : readText(certificate);
  const certificates = text === undefined ? undefined : certificatesOf(text);
  const fingerprints = certificates?.map(({ fingerprint256 }) => fingerprint256) ?? text ?? null;
  return {
    key: keyOf([
      'secure-boot',
      fingerprints,
      ...(command ? [identity ?? null] : []),
      ...(enrol ? ['enrol'] : []),
    ]),
    files: certificate === undefined ? [] : [certificate],
    variables: certificate === undefined ? [certificateVariable] : [],
    repeats: certificates?.[0]?.publicKey.asymmetricKeyType === 'rsa',
  };
}

/** A certificate in PEM: RFC 7468, section 5. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text in its order; undefined for a text without one, or with one that cannot be read. */
export function certificatesOf(text: string): X509Certificate[] | undefined {
  try {
    const found = text.match(CERTIFICATE)?.map((pem) => new X509Certificate(pem));
    return found;
  } catch {
    return undefined;
  }
}

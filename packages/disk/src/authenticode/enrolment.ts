import { DiskError } from '../error.js';
import { guidBytes } from '../partition/guid.js';
import { signedData, type Signer } from './signed-data.js';

/** The variables that Secure Boot checks by, and their vendors: UEFI specification 32.3 and 32.4. */
const GLOBAL = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
const IMAGE_SECURITY = 'd719b2cb-3d3a-4596-a3bc-dad00e67656f';
const VARIABLES = { PK: GLOBAL, KEK: GLOBAL, db: IMAGE_SECURITY } as const;

/** Name of a variable that is enrolled. */
export type EnrolledVariable = keyof typeof VARIABLES;

/** NON_VOLATILE | BOOTSERVICE_ACCESS | RUNTIME_ACCESS | TIME_BASED_AUTHENTICATED_WRITE_ACCESS */
const ATTRIBUTES = 0x27;
/** EFI_CERT_X509_GUID: UEFI specification 32.4.1. */
const X509 = 'a5c059a1-94e4-4aa7-87b5-ab155c2bf072';
/** WIN_CERT_TYPE_EFI_GUID with EFI_CERT_TYPE_PKCS7_GUID: UEFI specification 32.2.4. */
const EFI_GUID = 0x0ef1;
const PKCS7 = '4aafd29d-68df-49ee-8aa9-347d375665a7';
const REVISION = 0x0200;
const DATA = '1.2.840.113549.1.7.1';
/** The owner of the certificates: any GUID may stand here, and this one never changes. */
const OWNER = '6f7c2f5e-0c4b-4a6c-9d53-6c696e75786b';

/**
 * The files by which systemd-boot enrols the signer's first certificate on firmware in setup mode, as platform key, as key
 * exchange key and in `db`: each is what SetVariable takes (EFI_VARIABLE_AUTHENTICATION_2, UEFI specification 8.2.2). The
 * time in them is LinuxKit's fixed time, so that the same signer gives the same bytes.
 *
 * @throws DiskError `bad-option` as `signedData` does.
 */
export async function enrolment(signer: Signer): Promise<Record<EnrolledVariable, Buffer>> {
  const [certificate] = signer.certificates;
  if (!certificate) throw new DiskError('bad-option', 'expected a certificate, got none');
  const list = signatureList(certificate);
  const one = (name: EnrolledVariable): Promise<Buffer> => authenticated(name, list, signer);
  return { PK: await one('PK'), KEK: await one('KEK'), db: await one('db') };
}

/** An EFI_SIGNATURE_LIST of one certificate. */
function signatureList(certificate: Uint8Array): Buffer {
  const sizes = Buffer.alloc(12);
  const entry = 16 + certificate.length;
  sizes.writeUInt32LE(28 + entry, 0);
  sizes.writeUInt32LE(entry, 8);
  return Buffer.concat([guidBytes(X509), sizes, guidBytes(OWNER), certificate]);
}

async function authenticated(name: EnrolledVariable, payload: Buffer, signer: Signer): Promise<Buffer> {
  const attributes = Buffer.alloc(4);
  attributes.writeUInt32LE(ATTRIBUTES);
  const time = fixedTime();
  const digested = Buffer.concat([
    Buffer.from(name, 'utf16le'),
    guidBytes(VARIABLES[name]),
    attributes,
    time,
    payload,
  ]);
  const signature = await signedData({ type: DATA, digested, attributes: false }, signer);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(8 + 16 + signature.length, 0);
  header.writeUInt16LE(REVISION, 4);
  header.writeUInt16LE(EFI_GUID, 6);
  return Buffer.concat([time, header, guidBytes(PKCS7), signature, payload]);
}

/** An EFI_TIME of 2017-04-18 16:30:00; all that the firmware wants to be zero is. */
function fixedTime(): Buffer {
  const time = Buffer.alloc(16);
  time.writeUInt16LE(2017, 0);
  time.set([4, 18, 16, 30, 0], 2);
  return time;
}

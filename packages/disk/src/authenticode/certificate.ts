import { X509Certificate, type KeyObject } from 'node:crypto';
import { DiskError } from '../error.js';
import { contextTag, der, readElement, TAG } from './der.js';

/** What a signature says of the certificate that it was made with. */
export interface SigningCertificate {
  readonly publicKey: KeyObject;
  /** IssuerAndSerialNumber in DER: RFC 2315, section 6.7. */
  readonly name: Buffer;
}

/**
 * Reads a certificate in DER.
 *
 * @throws DiskError `bad-option` for anything else, and for a key that is neither RSA nor elliptic.
 */
export function readCertificate(bytes: Uint8Array): SigningCertificate {
  const { publicKey } = parse(bytes);
  const type = publicKey.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ec') {
    throw new DiskError('bad-option', `expected a certificate with an RSA key, got ${type}`, {
      hint: 'make a key of RSA with 2048 bits, which every UEFI firmware takes',
    });
  }
  return { publicKey, name: issuerAndSerial(Buffer.from(bytes)) };
}

function parse(bytes: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    throw new DiskError('bad-option', 'expected an X.509 certificate', { cause });
  }
}

/** TBSCertificate begins with its version, if that is not 1, then serial number, algorithm, issuer: RFC 5280, section 4.1. */
function issuerAndSerial(certificate: Buffer): Buffer {
  const outer = readElement(certificate, 0);
  const body = readElement(certificate, outer.start);
  const first = readElement(certificate, body.start);
  const serial = first.tag === contextTag(0) ? readElement(certificate, first.end) : first;
  const algorithm = readElement(certificate, serial.end);
  const issuer = readElement(certificate, algorithm.end);
  return der(TAG.sequence, issuer.whole, serial.whole);
}

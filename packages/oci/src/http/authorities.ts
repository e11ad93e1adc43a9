import { readFileSync } from 'node:fs';
import type { AgentOptions } from 'node:https';
import * as tls from 'node:tls';
import { OciError } from '../error.js';

/** Adds the certificate authorities of a PEM file, which an HTTPS agent trusts beside the system's. Throws `tls`. */
export function withAuthorities(options: AgentOptions, caFile: string | undefined): AgentOptions {
  return caFile === undefined ? options : { ...options, ca: authorities(caFile) };
}

/** A list of authorities replaces OpenSSL's built-in one, so the built-in ones come first in it. */
function authorities(caFile: string): string[] {
  try {
    const { getCACertificates } = tls as unknown as { getCACertificates?: (type: string) => string[] };
    const extra = process.env.NODE_EXTRA_CA_CERTS;
    const builtIn = getCACertificates?.('default') ?? [
      ...tls.rootCertificates,
      ...(extra ? [readFileSync(extra, 'utf8')] : []),
    ];
    return [...builtIn, readFileSync(caFile, 'utf8')];
  } catch (cause) {
    throw new OciError('tls', `cannot read the certificates in ${caFile}`, {
      hint: 'Give the path of a PEM file.',
      cause,
    });
  }
}

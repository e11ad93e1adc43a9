import { asObject, asString, decodeBase64, FormatError, quote } from '../json.js';

/** @sigstore/verify takes the name for a regular expression, so it must be the name of a host with a path. */
const LOG_NAME = /^[A-Za-z0-9._:/-]{1,300}$/;
/** https://github.com/transparency-dev/formats/blob/main/log/README.md: an em dash, the log's name, its signature. */
const CHECKPOINT_SIGNATURE = /\u2014 (\S+) /g;

/**
 * Refuses (`FormatError`) what @sigstore/verify would accept among the entries of a transparency log: one entry given
 * twice, which would count as two, whatever index the second one claims; and a log whose name is a pattern, which
 * could be one that takes for ever to match.
 */
export function checkLogEntries(entries: readonly unknown[]): void {
  const seen = new Set<string>();
  for (const [i, value] of entries.entries()) {
    const what = `tlogEntries[${i}]`;
    const entry = asObject(value, what);
    const identity = identityOf(entry, what);
    if (seen.has(identity)) throw new FormatError(`${what}: the log entry is there twice`);
    seen.add(identity);
    const name = logNames(entry, what).find((item) => !LOG_NAME.test(item));
    if (name !== undefined) {
      throw new FormatError(`${what}: expected the name of a log in its checkpoint, got ${quote(name)}`);
    }
  }
}

/** Log and body, decoded strictly, so that another spelling of the same base64 is no other entry. */
function identityOf({ logId, canonicalizedBody }: { readonly [key: string]: unknown }, what: string): string {
  const { keyId } = asObject(logId, `${what}.logId`);
  const bytes = (value: unknown, name: string) =>
    decodeBase64(asString(value, `${what}.${name}`), `${what}.${name}`).toString('hex');
  return `${bytes(keyId, 'logId.keyId')} ${bytes(canonicalizedBody, 'canonicalizedBody')}`;
}

function logNames({ inclusionProof }: { readonly [key: string]: unknown }, what: string): readonly string[] {
  const { checkpoint } = asObject(inclusionProof ?? {}, `${what}.inclusionProof`);
  const { envelope } = asObject(checkpoint ?? {}, `${what}.inclusionProof.checkpoint`);
  return [...String(envelope ?? '').matchAll(CHECKPOINT_SIGNATURE)].map(([, name]) => name);
}

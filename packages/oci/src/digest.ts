import { createHash } from 'node:crypto';
import { OciError } from './error.js';

/** The hash of a blob or document, as `sha256:` and 64 lower-case hex digits. */
export type Digest = `sha256:${string}`;

/**
 * The one form that is accepted. A digest becomes a file name, so that a looser pattern would allow a path
 * traversal (CVE-2024-3727). The image specification also allows sha512, but no registry serves it.
 */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Tells whether a value is a digest in the one accepted form. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

/** Checks a digest; throws `invalid-digest`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError('invalid-digest', `expected a digest as sha256:<64 hex digits>, got ${quote(text)}`);
}

/** Computes the digest of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Returns the 64 hex digits alone, checked again so that they are safe as a file name. */
export function hexOf(digest: Digest): string {
  return parseDigest(digest).slice('sha256:'.length);
}

/** Quotes foreign text for a message: shortened to `limit` characters, control characters escaped. */
export function quote(text: unknown, limit = 200): string {
  const string = typeof text === 'string' ? text : (JSON.stringify(text) ?? String(text));
  return JSON.stringify(string.length > limit ? `${string.slice(0, limit)}…` : string);
}

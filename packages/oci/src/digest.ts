import { createHash } from 'node:crypto';
import { OciError } from './error.js';

export type Digest = `sha256:${string}`;

/**
 * The one form that is accepted. A digest becomes a file name, so anything looser is a path traversal
 * (CVE-2024-3727); sha512 is legal by the image specification, but no registry serves it.
 */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text);
}

export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new OciError('invalid-digest', `expected a digest as sha256:<64 hex digits>, got ${quote(text)}`);
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The hex digits alone: safe as a file name, because `parseDigest` looked at them. */
export function hexOf(digest: Digest): string {
  return parseDigest(digest).slice('sha256:'.length);
}

/** Foreign text, made fit for one line of a message: shortened, control characters escaped. */
export function quote(text: unknown, limit = 200): string {
  const string = typeof text === 'string' ? text : (JSON.stringify(text) ?? String(text));
  return JSON.stringify(string.length > limit ? `${string.slice(0, limit)}…` : string);
}

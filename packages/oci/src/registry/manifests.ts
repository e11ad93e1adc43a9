import { createHash } from 'node:crypto';
import { OciError } from '../error.js';
import { digestOf, isDigest, type Digest } from '../digest.js';
import { MANIFEST_LIMIT, parseJson } from '../json.js';
import { INDEX_TYPES, MANIFEST_TYPES } from '../media-type.js';
import { collect } from '../verify.js';
import type { Call, RegistryClient } from './client.js';
import type { HttpResponse } from '../http/http-client.js';

/** A manifest or index as a registry sent it. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  /** The hash of `bytes`. */
  readonly digest: Digest;
  readonly contentType?: string;
}

const HEADERS = { accept: [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ') };

/** Returns the digest that a tag has now. HEAD is used because Docker Hub does not count it against its rate limit. */
export async function headManifest(client: RegistryClient, tag: string, what: string): Promise<Digest> {
  const response = await client.call({
    method: 'HEAD',
    path: `manifests/${tag}`,
    headers: HEADERS,
    accept: [200],
    what,
  });
  await response.discard();
  const digest = response.headers['docker-content-digest'];
  return isDigest(digest) ? digest : (await getManifest(client, tag, what)).digest;
}

/**
 * Fetches a manifest or index by tag or digest. Throws `digest-mismatch` unless its hash is the digest that was
 * asked for and the one in the response's header. `deadline` is that of `Call`.
 */
export async function getManifest(
  client: RegistryClient,
  tagOrDigest: string,
  what: string,
  deadline?: number,
): Promise<FetchedManifest> {
  const call: Call = {
    method: 'GET',
    path: `manifests/${tagOrDigest}`,
    headers: HEADERS,
    accept: [200],
    what,
    deadline,
  };
  const { response, bytes } = await client.read(call, async (answer) => ({
    response: answer,
    bytes: await json(answer, what),
  }));
  checkHeader(response, bytes, what);
  const digest = digestOf(bytes);
  if (isDigest(tagOrDigest) && digest !== tagOrDigest) throw wrongDigest(what, digest, tagOrDigest);
  return { bytes, digest, contentType: response.headers['content-type'] };
}

/** Reads a body that must be JSON, which is checked here because the error quotes the body. */
async function json(response: HttpResponse, what: string): Promise<Buffer> {
  const bytes = await collect(response.body(), MANIFEST_LIMIT, what);
  parseJson(bytes, what);
  return bytes;
}

function checkHeader({ headers }: HttpResponse, bytes: Buffer, what: string): void {
  const named = headers['docker-content-digest'];
  const [, algorithm, hex] = /^(sha256|sha512):([0-9a-f]+)$/.exec(String(named ?? '')) ?? [];
  if (algorithm === undefined) return;
  const actual = createHash(algorithm).update(bytes).digest('hex');
  if (actual !== hex) throw wrongDigest(what, `${algorithm}:${actual}`, `${algorithm}:${hex}`);
}

function wrongDigest(what: string, actual: string, expected: string): OciError {
  return new OciError('digest-mismatch', `${what} has the digest ${actual}, expected ${expected}`, {
    hint: 'Try again without mirrors and proxies: one of them, or the registry itself, changed the bytes.',
  });
}

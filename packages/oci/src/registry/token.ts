import { OciError } from '../error.js';
import { quote } from '../digest.js';
import { asObject, asString, optional, parseJson } from '../json.js';
import type { Credentials } from '../credentials.js';
import type { Challenge } from './challenge.js';
import type { HttpRequest, HttpResponse } from '../http/http-client.js';

/** A bearer token, and until when to use it. */
export interface Token {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** Seconds that the token specification assumes when a server names no time. */
const DEFAULT_LIFETIME = 60;
/** Milliseconds before expiry at which a token is renewed, so that none expires while its request is under way. */
const MARGIN = 10_000;
/** Bytes. */
const ANSWER_LIMIT = 1 << 20;
const CLIENT_ID = 'nx-linuxkit';

export function basicHeader({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/**
 * Makes the request for a token: https://distribution.github.io/distribution/spec/auth/token/, and with an identity
 * token https://distribution.github.io/distribution/spec/auth/oauth/. `from` is the URL that sent the challenge;
 * `mayBePlain` tells whether a host may be asked over plain http.
 */
export function tokenRequest(
  { parameters }: Challenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
  from: URL,
  mayBePlain: (host: string) => boolean,
): HttpRequest {
  const url = realmOf(parameters.get('realm'), from, mayBePlain);
  const service = parameters.get('service');
  if (credentials && 'identityToken' in credentials) {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: credentials.identityToken,
      client_id: CLIENT_ID,
      scope: scopes.join(' '),
      ...(service ? { service } : {}),
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url, headers, body: Buffer.from(form.toString()) };
  }
  if (service) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { method: 'GET', url, headers: credentials ? { authorization: basicHeader(credentials) } : {} };
}

/** Reads a token server's answer; throws `registry-error` if it has no usable token. */
export async function readToken(response: HttpResponse): Promise<Token> {
  const what = `the token of ${response.url.host}`;
  const answer = asObject(parseJson(Buffer.from(await response.text(ANSWER_LIMIT)), what), what);
  const token = optional(answer.token, asString, what) || optional(answer.access_token, asString, what);
  // A line break would smuggle headers into the next request. Node refuses it too, with a less clear error.
  if (!token || !/^[\x21-\x7e]+$/.test(token))
    throw new OciError('registry-error', `${what} is missing or malformed`);
  const lifetime = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFETIME;
  return { token, expires: Date.now() + lifetime * 1000 - Math.min(MARGIN, lifetime * 500) };
}

/**
 * Checks the token server's URL. The password is sent over plain http only for a registry that speaks it itself, to
 * the same host or to one that may be plain.
 */
function realmOf(realm: string | undefined, from: URL, mayBePlain: (host: string) => boolean): URL {
  const url = realm !== undefined && URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.protocol === 'https:') return url;
  const plain = from.protocol === 'http:' && url?.protocol === 'http:';
  if (plain && (url.hostname === from.hostname || mayBePlain(url.host))) return url;
  throw new OciError(
    'registry-error',
    `${from.host} names ${quote(realm ?? 'nothing')} as its token server, expected an https URL`,
  );
}

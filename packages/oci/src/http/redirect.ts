import { OciError } from '../error.js';
import { quote } from '../digest.js';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.js';

/** The limit of Go's HTTP client, which most clients of registries are built on. */
const HOPS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];

/**
 * Follows redirects of GET and HEAD. The first hop to another origin removes the Authorization header, and no later
 * hop brings it back: a registry redirects to storage that it does not run, and a hostile one to any host it likes.
 */
export async function sendFollowing(client: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  let current = request;
  for (let hop = 0; hop <= HOPS; hop++) {
    const response = await client.send(current);
    const { location } = response.headers;
    const follows = request.method === 'GET' || request.method === 'HEAD';
    if (!follows || !REDIRECTS.includes(response.status) || location === undefined) return response;
    await response.discard();
    current = redirected(current, location);
  }
  throw new OciError('registry-error', `${request.url.host} redirects more than ${HOPS} times`);
}

function redirected(request: HttpRequest, location: string): HttpRequest {
  const { url: from } = request;
  if (!URL.canParse(location, from.href)) {
    throw new OciError('registry-error', `${from.host} redirects to ${quote(location)}, which is not a URL`);
  }
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== from.protocol) {
    throw new OciError(
      'registry-error',
      `${from.host} redirects from ${from.protocol.slice(0, -1)} to ${quote(url.origin)}`,
      {
        hint: 'Use another registry or mirror: this one is misconfigured, or its connection is being intercepted.',
      },
    );
  }
  return { ...request, url, headers: url.origin === from.origin ? request.headers : withoutSecrets(request) };
}

function withoutSecrets({ headers = {} }: HttpRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)),
  );
}

import type { Descriptor } from '../descriptor.js';
import { quote, type Digest } from '../digest.js';
import { OciError } from '../error.js';
import { MANIFEST_LIMIT } from '../json.js';
import { parseIndex } from '../manifest.js';
import { OCI_INDEX } from '../media-type.js';
import { collect } from '../verify.js';
import type { Call, RegistryClient } from './client.js';

/** An image has a few referrers; a registry that goes on sending pages must not be read for ever. */
const PAGE_LIMIT = 20;

/**
 * All pages of the referrers of a manifest; `undefined` when the registry answers 404, which says that it has no
 * referrers API. The answer is not filtered by artifactType, because clients write that field in different ways.
 */
export async function getReferrers(
  client: RegistryClient,
  digest: Digest,
  what: string,
): Promise<readonly Descriptor[] | undefined> {
  const found: Descriptor[] = [];
  let next: string | URL | undefined = `referrers/${digest}`;
  for (let page = 0; next !== undefined; page++) {
    if (page === PAGE_LIMIT) throw new OciError('too-large', `${what} have more than ${PAGE_LIMIT} pages`);
    const call: Call = {
      method: 'GET',
      path: next,
      headers: { accept: OCI_INDEX },
      accept: page === 0 ? [200, 404] : [200],
      what,
    };
    const answer = await client.read(call, async (response) => {
      if (response.status === 404) return void (await response.discard());
      const bytes = await collect(response.body(), MANIFEST_LIMIT, what);
      const { manifests } = parseIndex(bytes, response.headers['content-type'], what);
      return { manifests, next: nextPage(response.headers.link, response.url) };
    });
    if (answer === undefined) return undefined;
    found.push(...answer.manifests);
    next = answer.next;
  }
  return found;
}

/** RFC 8288; another host than the one that answered is refused, as the page decides what is trusted. */
function nextPage(header: string | string[] | undefined, from: URL): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(String(header ?? '')) ?? [];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  if (url?.origin === from.origin) return url;
  throw new OciError('registry-error', `${from.host} names ${quote(target)} as the next page of referrers`);
}

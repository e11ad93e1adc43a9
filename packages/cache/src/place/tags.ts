import type { RegistryClient } from '@nx-linuxkit/oci/registry';
import { CacheError } from '../error.js';

/** Tags of a page. */
const PAGE = 1000;
/** Bytes of a page: 1000 tags of 128 characters have an eighth. */
const PAGE_LIMIT = 1 << 20;
/** Pages of a list. A registry may give ten tags a page, and an entry has one tag: 100,000 entries are years of a busy cache. */
const MOST_PAGES = 10_000;

/**
 * Yields all tags of a repository; none if there is no repository yet. Throws CacheError `damaged-entry` for a list without end: a
 * registry that names a page a second time, or more than `MOST_PAGES`.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function* listTags(client: RegistryClient, name: string): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (let path: string | URL | undefined = `tags/list?n=${PAGE}`; path !== undefined;) {
    if (seen.has(String(path)) || seen.size === MOST_PAGES) {
      throw new CacheError(
        'damaged-entry',
        `the list of the tags of ${name} does not end: page ${seen.size}`,
        {
          hint: 'Clean this repository up with the tools of its registry.',
        },
      );
    }
    seen.add(String(path));
    const response = await client.call({
      method: 'GET',
      path,
      accept: [200, 404],
      what: `the tags of ${name}`,
    });
    if (response.status === 404) return response.discard();
    for (const tag of tagsIn(await response.text(PAGE_LIMIT), name)) yield tag;
    path = nextPage(response.headers.link, response.url);
  }
}

function tagsIn(text: string, name: string): readonly string[] {
  let page: { readonly tags?: unknown } | null;
  try {
    page = JSON.parse(text);
  } catch (cause) {
    throw new CacheError('damaged-entry', `the list of the tags of ${name} is no JSON`, { cause });
  }
  return Array.isArray(page?.tags) ? page.tags.filter((tag) => typeof tag === 'string') : [];
}

/** RFC 8288; a page of another host is refused, because it decides what is removed. */
function nextPage(header: string | string[] | undefined, from: URL): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(String(header ?? '')) ?? [];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
  if (url?.origin === from.origin) return url;
  throw new CacheError('damaged-entry', `${from.host} names a page of tags on another host`);
}

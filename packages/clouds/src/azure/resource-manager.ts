import { objectIn } from '../client/json.js';
import type { Answer } from '../client/request.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';
import { waitFor } from '../wait.js';
import { azureToken } from './token.js';

/** A resource as the resource manager shows it. */
export interface Resource {
  readonly id?: string;
  readonly name?: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Requests to the Azure Resource Manager. Paths begin behind the resource group. */
export interface Manager {
  /** The resource; undefined where there is none. */
  get(path: string, purpose: string): Promise<Resource | undefined>;
  /** All resources of a kind, page after page. */
  list(path: string, purpose: string): Promise<Resource[]>;
  /** Changes something, and waits until Azure has done it; returns what it says of it. */
  change(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    purpose: string,
    query?: Readonly<Record<string, string>>,
  ): Promise<Record<string, unknown>>;
  /** Begins something that Azure goes on with. */
  begin(method: 'PUT', path: string, body: unknown, purpose: string): Promise<void>;
}

/**
 * Versions of the APIs, of which disks and galleries have their own: https://learn.microsoft.com/rest/api/compute/disks, and images and machines:
 * https://learn.microsoft.com/rest/api/compute/images.
 */
const DISK_VERSION = '2023-10-02';
const COMPUTE_VERSION = '2023-09-01';
const GALLERY_VERSION = '2023-07-03';
/** The same of resource groups. */
const GROUP_VERSION = '2021-04-01';

function versionOf(path: string): string {
  if (path === '') return GROUP_VERSION;
  if (path.startsWith('/providers/Microsoft.Compute/disks')) return DISK_VERSION;
  return path.startsWith('/providers/Microsoft.Compute/galleries') ? GALLERY_VERSION : COMPUTE_VERSION;
}

/** Gets a token. Throws CloudError `no-credentials`. */
export async function openManager(session: Session): Promise<Manager> {
  const { client, option, env, pollInterval } = session;
  const token = await azureToken(session);
  const host = (env.AZURE_RESOURCE_MANAGER_URL || 'https://management.azure.com').replace(/\/+$/, '');
  const group = `/subscriptions/${encodeURIComponent(option('subscription'))}/resourceGroups/${encodeURIComponent(option('resource-group'))}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const urlOf = (path: string, query: Readonly<Record<string, string>> = {}): string =>
    `${host}${group}${path}?${new URLSearchParams({ 'api-version': versionOf(path), ...query })}`;
  const look = (url: string, purpose: string): Promise<Answer> =>
    client.call({ method: 'GET', url, headers, purpose });

  /** Waits by the address that the answer names: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations. */
  async function settled(answer: Answer, purpose: string): Promise<Record<string, unknown>> {
    const operation = addressIn(answer, 'azure-asyncoperation', host);
    const location = addressIn(answer, 'location', host);
    if (answer.status === 204 || (!operation && (!location || answer.status !== 202)))
      return parse(answer.text);
    if (!operation) {
      return waitFor(purpose, pollInterval, async () => {
        const now = await look(location!, purpose);
        return now.status === 202 ? undefined : parse(now.text);
      });
    }
    const done = await waitFor(purpose, pollInterval, async () => {
      const now = parse((await look(operation, purpose)).text);
      if (now.status === 'Succeeded') return now;
      if (now.status !== 'Failed' && now.status !== 'Canceled') return undefined;
      throw new CloudError('import-failed', `cannot ${purpose}: ${JSON.stringify(now.error ?? now.status)}`);
    });
    const { output } = (done.properties ?? {}) as { output?: Record<string, unknown> };
    if (output) return output;
    return location ? parse((await look(location, purpose)).text) : {};
  }

  return {
    async get(path, purpose) {
      const url = urlOf(path);
      const answer = await client.call({
        method: 'GET',
        url,
        headers,
        purpose,
        allow: path === '' ? [] : [404],
      });
      return answer.status === 404 ? undefined : (parse(answer.text) as Resource);
    },
    async list(path, purpose) {
      const all: Resource[] = [];
      for (let url: string | undefined = urlOf(path); url !== undefined;) {
        const page = parse((await look(url, purpose)).text) as { value?: Resource[]; nextLink?: string };
        all.push(...(page.value ?? []));
        url = page.nextLink ? ownAddress(page.nextLink, host) : undefined;
      }
      return all;
    },
    async change(method, path, body, purpose, query) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const allow = method === 'DELETE' ? [404] : [];
      const url = urlOf(path, query);
      return settled(await client.call({ method, url, headers, ...sent, purpose, allow }), purpose);
    },
    async begin(method, path, body, purpose) {
      const request = { method, url: urlOf(path), headers, body: JSON.stringify(body), purpose };
      objectIn(await client.call(request), 'Azure');
    },
  };
}

/** The address in a header. */
function addressIn({ headers }: Answer, name: string, host: string): string | undefined {
  const [value] = [headers[name]].flat();
  return value === undefined ? undefined : ownAddress(value, host);
}

/** An address that the manager names. The token goes there too, so it must be one of the manager. */
function ownAddress(value: string, host: string): string {
  const [url, own] = [URL.canParse(value, host) ? new URL(value, host) : undefined, new URL(host)];
  const isOwn = url && (url.origin === own.origin || isBelow(url, own));
  if (isOwn) return url.href;
  throw new CloudError(
    'platform-error',
    `${own.host} names an address of another host: ${url?.host ?? value}`,
    {
      hint: 'Nothing was sent there. Check AZURE_RESOURCE_MANAGER_URL and the proxy.',
    },
  );
}

/** Azure has hosts of regions below the one of the manager. */
function isBelow(url: URL, own: URL): boolean {
  return url.protocol === 'https:' && own.protocol === 'https:' && url.host.endsWith(`.${own.host}`);
}

function parse(text: string): Record<string, unknown> {
  return text.trim() === '' ? {} : objectIn({ text }, 'Azure');
}

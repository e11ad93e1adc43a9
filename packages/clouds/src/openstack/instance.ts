import { JsonApi } from '../client/json-api.js';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { StartInstance } from '../platform.js';
import { madeOnce } from '../made-once.js';
import { identify } from './identity.js';

/** The first version of Nova's API that gives a server a network by itself. */
const VERSION = '2.37';

interface Server {
  readonly id: string;
  readonly name?: string;
  readonly status?: string;
  readonly fault?: { readonly message?: string };
  readonly addresses?: Readonly<Record<string, readonly { readonly addr: string }[]>>;
}

/** Runs a server of Nova, with its own console: https://docs.openstack.org/api-ref/compute. */
export const startOpenstackServer: StartInstance = async (session, { image, name, data }) => {
  const { endpoint, headers } = await identify(session, 'compute');
  const { option, pollInterval } = session;
  const api = new JsonApi(session.client, 'Nova', endpoint, {
    ...headers,
    'openstack-api-version': `compute ${VERSION}`,
    'x-openstack-nova-api-version': VERSION,
  });
  const flavorRef = await flavorOf(api, option('machine-type'));
  const network = option('network');
  const { id } = await madeOnce(
    pollInterval,
    async () => {
      const path = `/servers?name=${encodeURIComponent(`^${name}$`)}`;
      const { servers = [] } = await api.ask<{ servers?: Server[] }>('GET', path, 'list servers');
      return servers.find((server) => server.name === name);
    },
    async () => {
      const server = {
        name,
        imageRef: image.id,
        flavorRef,
        networks: network === 'auto' ? network : [{ uuid: network }],
        // A guest reads its user data from a disk where the cloud has no metadata service.
        config_drive: true,
        ...(data !== undefined && { user_data: Buffer.from(data).toString('base64') }),
      };
      const request = { body: { server }, once: true };
      const made = await api.ask<{ server?: Server }>('POST', '/servers', `make ${name}`, request);
      if (made.server) return made.server;
      throw new CloudError('platform-error', 'Nova has made a server without an id');
    },
  );
  return {
    id,
    async console() {
      const body = { 'os-getConsoleOutput': {} };
      // Nova refuses while the server is not on a host yet.
      const answer = await api.send('POST', `/servers/${id}/action`, `read the console of ${name}`, {
        body,
        allow: [409],
      });
      return answer.status === 409 ? '' : (objectIn<{ output?: string }>(answer, 'Nova').output ?? '');
    },
    async look() {
      const { server } = await api.ask<{ server: Server }>('GET', `/servers/${id}`, `look at ${name}`);
      if (server.status === 'ERROR') {
        throw new CloudError(
          'import-failed',
          `cannot run ${name}: ${server.fault?.message ?? 'no reason given'}`,
        );
      }
      const address = Object.values(server.addresses ?? {})[0]?.[0]?.addr;
      return { isOver: server.status === 'SHUTOFF', ...(address && { address }) };
    },
    async remove() {
      await api.send('DELETE', `/servers/${id}`, `remove ${name}`, { allow: [404] });
    },
  };
};

interface Flavor {
  readonly id: string;
  readonly name: string;
}

/** All flavors, page after page. */
async function allFlavors(api: JsonApi): Promise<Flavor[]> {
  const all: Flavor[] = [];
  for (let path = '/flavors'; ;) {
    const page = await api.ask<{ flavors?: Flavor[]; flavors_links?: { rel: string }[] }>(
      'GET',
      path,
      'list flavors',
    );
    all.push(...(page.flavors ?? []));
    // The link has an address that may not be the one by which Nova is reached, so only the marker is read.
    const last = page.flavors?.at(-1);
    if (!last || !page.flavors_links?.some(({ rel }) => rel === 'next')) return all;
    path = `/flavors?marker=${encodeURIComponent(last.id)}`;
  }
}

/** The id of a flavor, which an option names. */
async function flavorOf(api: JsonApi, named: string): Promise<string> {
  const flavors = await allFlavors(api);
  const found = flavors.find(({ id, name }) => name === named || id === named);
  if (found) return found.id;
  throw new CloudError('not-found', `there is no flavor ${JSON.stringify(named)}`, {
    hint: `Name one of ${flavors.map(({ name }) => name).join(', ')}: --with.machine-type=…`,
  });
}

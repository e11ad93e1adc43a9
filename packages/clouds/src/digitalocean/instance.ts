import type { JsonApi } from '../client/json-api.js';
import { CloudError } from '../error.js';
import type { StartInstance } from '../platform.js';
import { madeOnce } from '../made-once.js';
import { digitaloceanApi } from './api.js';

interface Droplet {
  readonly id: number;
  readonly name: string;
  readonly status?: string;
  readonly networks?: { readonly v4?: readonly { readonly ip_address: string; readonly type: string }[] };
}

/** Runs a droplet, whose console is in the browser alone. */
export const startDroplet: StartInstance = async (session, { image, name, data }) => {
  const api: JsonApi = digitaloceanApi(session);
  const { id } = await madeOnce(
    session.pollInterval,
    async () => {
      const path = `/v2/droplets?name=${encodeURIComponent(name)}`;
      const { droplets = [] } = await api.ask<{ droplets?: Droplet[] }>('GET', path, 'list droplets');
      return droplets.find((droplet) => droplet.name === name);
    },
    async () => {
      const body = {
        name,
        region: session.option('region'),
        size: session.option('machine-type'),
        image: Number(image.id),
        tags: ['nx-linuxkit'],
        ...(session.option('ssh-key') !== '' && { ssh_keys: [session.option('ssh-key')] }),
        ...(data !== undefined && { user_data: data }),
      };
      const request = { body, once: true };
      const made = await api.ask<{ droplet?: Droplet }>('POST', '/v2/droplets', `make ${name}`, request);
      if (made.droplet) return made.droplet;
      throw new CloudError('platform-error', 'DigitalOcean has made a droplet without an id');
    },
  );
  return {
    id: `${id}`,
    async look() {
      const { droplet } = await api.ask<{ droplet?: Droplet }>(
        'GET',
        `/v2/droplets/${id}`,
        `look at ${name}`,
      );
      const address = droplet?.networks?.v4?.find(({ type }) => type === 'public')?.ip_address;
      return { isOver: droplet?.status === 'off', ...(address && { address }) };
    },
    async remove() {
      await api.send('DELETE', `/v2/droplets/${id}`, `remove ${name}`, { allow: [404] });
    },
  };
};

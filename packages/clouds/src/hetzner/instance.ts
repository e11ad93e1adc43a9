import { CloudError } from '../error.js';
import type { StartInstance } from '../platform.js';
import { madeOnce } from '../made-once.js';
import { Undo } from '../undo.js';
import { HetznerApi, smallestType, type ServerType } from './api.js';

interface Server {
  readonly id: number;
  readonly status?: string;
  readonly public_net?: { readonly ipv4?: { readonly ip?: string } | null };
}

/** Runs a server of Hetzner Cloud, whose console is in the browser alone. */
export const startHetznerInstance: StartInstance = async (session, { image, name, architecture, data }) => {
  const api = new HetznerApi(session);
  const location = session.option('location');
  const types = await api.list<ServerType>('/server_types', 'server_types', {});
  const type = session.option('server-type') || smallestType(types, { architecture, location, size: 0 });
  const { id } = await madeOnce<Server>(
    session.pollInterval,
    async () => (await api.list<Server>('/servers', 'servers', { name }))[0],
    async () => {
      const body = {
        name,
        server_type: type,
        location,
        image: Number(image.id),
        labels: { 'nx-linuxkit': 'instance' },
        ...(data !== undefined && { user_data: data }),
      };
      const request = { body, once: true };
      return (await api.ask<{ server: Server }>('POST', '/servers', `make ${name}`, request)).server;
    },
  );
  if (id === undefined) throw new CloudError('platform-error', 'Hetzner has made a server without an id');
  const remove = async (): Promise<void> => {
    await api.send('DELETE', `/servers/${id}`, `remove ${name}`, { allow: [404] });
  };
  const undo = new Undo(session.log);
  undo.add(`the server ${id}`, remove);
  // A server is off for a moment between the action that makes it and the one that starts it.
  await undo.guard(() => api.settled(id, `start ${name}`));
  return {
    id: `${id}`,
    async look() {
      const { server } = await api.ask<{ server: Server }>('GET', `/servers/${id}`, `look at ${name}`);
      const address = server.public_net?.ipv4?.ip;
      return { isOver: server.status === 'off', ...(address && { address }) };
    },
    remove,
  };
};

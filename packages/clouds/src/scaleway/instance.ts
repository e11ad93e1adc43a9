import { JsonApi } from '../client/json-api.js';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import type { StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { scalewayKeys } from './credentials.js';

interface Server {
  readonly id: string;
  readonly name?: string;
  readonly state?: string;
  readonly public_ip?: { readonly address?: string } | null;
  readonly volumes?: Readonly<Record<string, { readonly id: string; readonly volume_type?: string }>>;
}

/** A server that its guest has switched off, and one that has no place on a host. */
const OFF = ['stopped in place', 'stopped'];
/** Volumes that stay when their server is removed. */
const BLOCK = 'sbs_volume';

/** Runs a server of Scaleway, whose console is in the browser alone: https://www.scaleway.com/en/developers/api/instances. */
export const startScalewayServer: StartInstance = async (session, { image, name, data }) => {
  const { client, env, option, pollInterval } = session;
  const { secretKey } = await scalewayKeys(env);
  client.hide(secretKey);
  const root = env.SCW_API_URL || 'https://api.scaleway.com';
  const headers = { 'x-auth-token': secretKey };
  const api = new JsonApi(client, 'Scaleway', root, headers);
  const zone = encodeURIComponent(option('zone'));
  const servers = `/instance/v1/zones/${zone}/servers`;
  const made = await madeOnce(
    pollInterval,
    async () => {
      const query = new URLSearchParams({ project: option('project'), name });
      const found = await api.ask<{ servers?: Server[] }>('GET', `${servers}?${query}`, 'list servers');
      return found.servers?.find((server) => server.name === name);
    },
    async () => {
      const body = {
        name,
        commercial_type: option('machine-type'),
        image: image.id,
        project: option('project'),
        dynamic_ip_required: true,
        tags: ['nx-linuxkit'],
      };
      const request = { body, once: true };
      const { server } = await api.ask<{ server?: Server }>('POST', servers, `make ${name}`, request);
      if (server) return server;
      throw new CloudError('platform-error', 'Scaleway has made a server without an id');
    },
  );
  const { id } = made;
  const path = `${servers}/${id}`;
  const volumes = new Set<string>();
  const note = (server: Server): void => {
    for (const volume of Object.values(server.volumes ?? {}))
      if (volume.volume_type === BLOCK) volumes.add(volume.id);
  };
  note(made);
  const look = async (): Promise<Server | undefined> => {
    const answer = await api.send('GET', path, `look at ${name}`, { allow: [404] });
    if (answer.status === 404) return undefined;
    const { server } = objectIn<{ server: Server }>(answer, 'Scaleway');
    note(server);
    return server;
  };
  const removeVolume = (volume: string): Promise<unknown> => {
    const purpose = `remove the volume ${volume}`;
    // A volume is in use for a moment after its server has gone.
    return waitFor(purpose, pollInterval, async () => {
      const place = `/block/v1/zones/${zone}/volumes/${volume}`;
      const { status } = await api.send('DELETE', place, purpose, { allow: [404, 412] });
      return status === 412 ? undefined : true;
    });
  };
  const remove = async (): Promise<void> => {
    const purpose = `remove ${name}`;
    const request = { body: { action: 'terminate' }, allow: [400, 404] };
    const ended = await api.send('POST', `${path}/action`, purpose, request);
    // A server that has no place on a host is not ended but removed.
    if (ended.status === 400) await api.send('DELETE', path, purpose, { allow: [404] });
    for (const volume of volumes) await removeVolume(volume);
  };
  const undo = new Undo(session.log);
  undo.add(`the server ${id}`, remove);
  await undo.guard(async () => {
    if (data !== undefined) {
      await client.call({
        method: 'PATCH',
        url: `${root.replace(/\/+$/, '')}${path}/user_data/cloud-init`,
        headers: { ...headers, 'content-type': 'text/plain' },
        body: data,
        purpose: `give ${name} its user data`,
      });
    }
    await api.send('POST', `${path}/action`, `start ${name}`, { body: { action: 'poweron' } });
    // A server is off for a moment before it starts.
    await waitFor(`the start of ${name}`, pollInterval, async () =>
      (await look())?.state === 'stopped' ? undefined : true,
    );
  });
  return {
    id,
    async look() {
      const server = await look();
      const address = server?.public_ip?.address;
      return { isOver: !server || OFF.includes(server.state ?? ''), ...(address && { address }) };
    },
    remove,
  };
};

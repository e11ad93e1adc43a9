import { JsonApi } from '../client/json-api.js';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import type { InstanceWanted, Session, StartInstance } from '../platform.js';
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
export const startScalewayServer: StartInstance = async (session, wanted) => {
  const servers = new Servers(session, await scalewayKeys(session.env));
  const made = await servers.make(wanted);
  const machine = new Machine(session, servers, made, wanted.name);
  const undo = new Undo(session.log);
  undo.add(`the server ${made.id}`, machine.remove);
  await undo.guard(async () => {
    if (wanted.data !== undefined) await machine.give(wanted.data);
    await machine.start();
  });
  return {
    id: made.id,
    async look() {
      const server = await machine.look();
      const address = server?.public_ip?.address;
      return { isOver: !server || OFF.includes(server.state ?? ''), ...(address && { address }) };
    },
    remove: machine.remove,
  };
};

/** The servers of a zone. */
class Servers {
  readonly api: JsonApi;
  readonly headers: Readonly<Record<string, string>>;
  readonly root: string;
  /** Paths of the zone's servers and of its volumes. */
  readonly path: string;
  readonly volumes: string;

  constructor(
    private readonly session: Session,
    { secretKey }: { readonly secretKey: string },
  ) {
    const { client, env, option } = session;
    client.hide(secretKey);
    this.root = (env.SCW_API_URL || 'https://api.scaleway.com').replace(/\/+$/, '');
    this.headers = { 'x-auth-token': secretKey };
    this.api = new JsonApi(client, 'Scaleway', this.root, this.headers);
    const zone = encodeURIComponent(option('zone'));
    this.path = `/instance/v1/zones/${zone}/servers`;
    this.volumes = `/block/v1/zones/${zone}/volumes`;
  }

  /** Makes a server, which is off at first. No other one has its name. */
  make({ image, name }: InstanceWanted): Promise<Server> {
    const { option, pollInterval } = this.session;
    const project = option('project');
    return madeOnce(
      pollInterval,
      async () => {
        const query = new URLSearchParams({ project, name });
        const path = `${this.path}?${query}`;
        const found = await this.api.ask<{ servers?: Server[] }>('GET', path, 'list servers');
        return found.servers?.find((server) => server.name === name);
      },
      async () => {
        const body = {
          name,
          commercial_type: option('machine-type'),
          image: image.id,
          project,
          dynamic_ip_required: true,
          tags: ['nx-linuxkit'],
        };
        const request = { body, once: true };
        const { server } = await this.api.ask<{ server?: Server }>(
          'POST',
          this.path,
          `make ${name}`,
          request,
        );
        if (server) return server;
        throw new CloudError('platform-error', 'Scaleway has made a server without an id');
      },
    );
  }
}

/** One server, with the volumes that Scaleway would leave behind. */
class Machine {
  private readonly path: string;
  private readonly volumes = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly servers: Servers,
    made: Server,
    private readonly name: string,
  ) {
    this.path = `${servers.path}/${made.id}`;
    this.note(made);
  }

  /** Gives the server its user data, before it starts. */
  async give(data: string): Promise<void> {
    const { root, headers } = this.servers;
    await this.session.client.call({
      method: 'PATCH',
      url: `${root}${this.path}/user_data/cloud-init`,
      headers: { ...headers, 'content-type': 'text/plain' },
      body: data,
      purpose: `give ${this.name} its user data`,
    });
  }

  async start(): Promise<void> {
    const request = { body: { action: 'poweron' } };
    await this.servers.api.send('POST', `${this.path}/action`, `start ${this.name}`, request);
    // A server is off for a moment before it starts.
    await waitFor(`the start of ${this.name}`, this.session.pollInterval, async () =>
      (await this.look())?.state === 'stopped' ? undefined : true,
    );
  }

  /** Undefined once the server is gone. */
  async look(): Promise<Server | undefined> {
    const answer = await this.servers.api.send('GET', this.path, `look at ${this.name}`, { allow: [404] });
    if (answer.status === 404) return undefined;
    const { server } = objectIn<{ server: Server }>(answer, 'Scaleway');
    this.note(server);
    return server;
  }

  readonly remove = async (): Promise<void> => {
    const { api } = this.servers;
    const purpose = `remove ${this.name}`;
    const request = { body: { action: 'terminate' }, allow: [400, 404] };
    const ended = await api.send('POST', `${this.path}/action`, purpose, request);
    // A server that has no place on a host is not ended but removed.
    if (ended.status === 400) await api.send('DELETE', this.path, purpose, { allow: [404] });
    for (const volume of this.volumes) await this.removeVolume(volume);
  };

  private async removeVolume(volume: string): Promise<void> {
    const purpose = `remove the volume ${volume}`;
    // A volume is in use for a moment after its server has gone.
    await waitFor(purpose, this.session.pollInterval, async () => {
      const path = `${this.servers.volumes}/${volume}`;
      const { status } = await this.servers.api.send('DELETE', path, purpose, { allow: [404, 412] });
      return status === 412 ? undefined : true;
    });
  }

  private note({ volumes = {} }: Server): void {
    for (const { id, volume_type: type } of Object.values(volumes)) if (type === BLOCK) this.volumes.add(id);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { JsonApi } from '../client/json-api.js';
import { CloudError } from '../error.js';
import type { Session, StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { computeRoot } from './endpoints.js';
import { googleToken } from './token.js';

const TYPES = { amd64: 'e2-small', arm64: 't2a-standard-1' } as const;

interface GoogleInstance {
  readonly status?: string;
  readonly networkInterfaces?: readonly {
    readonly networkIP?: string;
    readonly accessConfigs?: readonly { readonly natIP?: string }[];
  }[];
}

interface Operation {
  readonly name?: string;
  readonly status?: string;
  readonly error?: { readonly errors?: readonly { readonly message?: string }[] };
}

/** Runs an instance of Compute Engine, with its first serial port as the console. */
export const startGcpInstance: StartInstance = async (session, { image, name, architecture, data }) => {
  const { option } = session;
  const token = await googleToken(session);
  const api = new JsonApi(session.client, 'Google', computeRoot(session), {
    authorization: `Bearer ${token}`,
  });
  const zone = `/zones/${encodeURIComponent(option('zone'))}`;
  const path = `${zone}/instances/${encodeURIComponent(name)}`;
  const body = {
    name,
    machineType: `zones/${option('zone')}/machineTypes/${option('machine-type') || TYPES[architecture]}`,
    disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: image.details.selfLink } }],
    networkInterfaces: [
      { network: `global/networks/${option('network')}`, accessConfigs: [{ type: 'ONE_TO_ONE_NAT' }] },
    ],
    labels: { 'nx-linuxkit': 'instance' },
    metadata: {
      items: [
        { key: 'serial-port-enable', value: 'TRUE' },
        ...(data === undefined ? [] : [{ key: 'user-data', value: data }]),
      ],
    },
  };
  const remove = async (): Promise<void> => {
    const answer = await api.send('DELETE', path, `remove ${name}`, { allow: [404] });
    if (answer.status !== 404) await done(session, api, zone, JSON.parse(answer.text), `remove ${name}`);
  };
  // Names are unique in a zone: a second request for the same one is refused, and the first one has made it.
  const answer = await api.send('POST', `${zone}/instances`, `make ${name}`, { body, allow: [409] });
  const undo = new Undo(session.log);
  undo.add(`the instance ${name}`, remove);
  if (answer.status !== 409)
    await undo.guard(() => done(session, api, zone, JSON.parse(answer.text), `make ${name}`));
  let [shown, start] = ['', 0];
  return {
    id: name,
    async console() {
      const part = await api.ask<{ contents?: string; next?: string }>(
        'GET',
        `${path}/serialPort?port=1&start=${start}`,
        `read the console of ${name}`,
      );
      shown += part.contents ?? '';
      start = Number(part.next ?? start);
      return shown;
    },
    async look() {
      const now = await api.ask<GoogleInstance>('GET', path, `look at ${name}`);
      const [card] = now.networkInterfaces ?? [];
      const address = card?.accessConfigs?.[0]?.natIP ?? card?.networkIP;
      return { isOver: now.status === 'TERMINATED', ...(address && { address }) };
    },
    remove,
  };
};

/** Waits until Google has done something. Throws CloudError `import-failed`. */
async function done(
  { pollInterval }: Session,
  api: JsonApi,
  zone: string,
  begun: Operation,
  purpose: string,
): Promise<void> {
  let operation = begun;
  while (operation.status !== 'DONE') {
    await sleep(pollInterval);
    operation = await api.ask<Operation>('GET', `${zone}/operations/${operation.name}`, purpose);
  }
  const said = operation.error?.errors?.map(({ message }) => message).join('; ');
  if (operation.error) throw new CloudError('import-failed', `cannot ${purpose}: ${said}`);
}

import { JsonApi } from '../client/json-api.js';
import { objectIn } from '../client/json.js';
import type { Answer } from '../client/request.js';
import type { Instance, InstanceWanted, Session, StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { computeRoot } from './endpoints.js';
import { finished } from './operation.js';
import { googleToken } from './token.js';

const TYPES = { amd64: 'e2-small', arm64: 't2a-standard-1' } as const;

interface GoogleInstance {
  readonly status?: string;
  readonly networkInterfaces?: readonly {
    readonly networkIP?: string;
    readonly accessConfigs?: readonly { readonly natIP?: string }[];
  }[];
}

/** Runs an instance of Compute Engine, with its first serial port as the console. */
export const startGcpInstance: StartInstance = async (session, wanted) => {
  const { name } = wanted;
  const token = await googleToken(session);
  const api = new JsonApi(session.client, 'Google', computeRoot(session), {
    authorization: `Bearer ${token}`,
  });
  const zone = `/zones/${encodeURIComponent(session.option('zone'))}`;
  const path = `${zone}/instances/${encodeURIComponent(name)}`;
  const done = (answer: Answer, purpose: string): Promise<void> =>
    finished(objectIn(answer, 'Google'), purpose, session.pollInterval, (operation) =>
      api.ask('GET', `${zone}/operations/${operation}`, purpose),
    );
  const remove = async (): Promise<void> => {
    const answer = await api.send('DELETE', path, `remove ${name}`, { allow: [404] });
    if (answer.status !== 404) await done(answer, `remove ${name}`);
  };
  // Names are unique in a zone: a second request for the same one is refused, and the first one has made it.
  const answer = await api.send('POST', `${zone}/instances`, `make ${name}`, {
    body: bodyOf(session, wanted),
    allow: [409],
  });
  const undo = new Undo(session.log);
  undo.add(`the instance ${name}`, remove);
  if (answer.status !== 409) await undo.guard(() => done(answer, `make ${name}`));
  return instanceOf(api, name, path, remove);
};

function bodyOf({ option }: Session, { image, name, architecture, data }: InstanceWanted): object {
  return {
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
}

function instanceOf(api: JsonApi, name: string, path: string, remove: Instance['remove']): Instance {
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
}

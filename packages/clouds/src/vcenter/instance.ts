import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { Instance, InstanceWanted, Session, StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { VcenterApi } from './api.js';
import { removeDataCd, uploadDataCd } from './user-data.js';

/** What vCenter says of a deployment. */
interface Deployment {
  readonly succeeded?: boolean;
  readonly resource_id?: { readonly id?: string };
  readonly error?: {
    readonly errors?: readonly { readonly message?: { readonly default_message?: string } }[];
  };
}

/** Runs a machine out of an item of a content library, with its user data on a CD. Its REST API shows no console. */
export const startVcenterMachine: StartInstance = async (session, wanted) => {
  const api = new VcenterApi(session);
  const undo = new Undo(session.log);
  try {
    return await undo.guard(() => start(session, api, wanted, undo));
  } catch (error) {
    await api.close().catch(() => undefined);
    throw error;
  }
};

async function start(
  session: Session,
  api: VcenterApi,
  { image, name, dataDisk }: InstanceWanted,
  undo: Undo,
): Promise<Instance> {
  const cd =
    dataDisk &&
    (await uploadDataCd(session, api, name, await dataDisk(), (item) =>
      undo.add(`the user data ${item}`, () => removeDataCd(api, item)),
    ));
  const id = await deploy(session, api, image, name);
  const machine = `/vcenter/vm/${encodeURIComponent(id)}`;
  const stop = async (): Promise<void> => {
    await api.send('POST', `${machine}/power?action=stop`, `stop ${name}`, { allow: [400] });
    await api.send('DELETE', machine, `remove ${name}`, { allow: [404] });
  };
  undo.add(`the machine ${id}`, stop);
  if (cd) {
    const backing = { type: 'ISO_FILE', iso_file: cd.path };
    const body = { type: 'IDE', backing, start_connected: true };
    await api.send('POST', `${machine}/hardware/cdrom`, `give ${name} its user data`, { body, once: true });
  }
  await api.send('POST', `${machine}/power?action=start`, `start ${name}`, { allow: [400] });
  return {
    id,
    async look() {
      const { state } = await api.ask<{ state?: string }>('GET', `${machine}/power`, `look at ${name}`);
      return { isOver: state === 'POWERED_OFF' };
    },
    // User data may be secret: it goes even where the machine stays.
    remove: () =>
      stop()
        .finally(() => cd && removeDataCd(api, cd.item))
        .finally(() => api.close().catch(() => undefined)),
  };
}

/** Deploys the item, and returns the machine's id. vCenter makes one machine of one token, whatever becomes of the answer. */
async function deploy(
  session: Session,
  api: VcenterApi,
  image: InstanceWanted['image'],
  name: string,
): Promise<string> {
  const path = `/vcenter/ovf/library-item/${encodeURIComponent(image.id)}?action=deploy&client_token=${randomUUID()}`;
  const body = {
    deployment_spec: { name, accept_all_EULA: true },
    target: { resource_pool_id: session.option('resource-pool') },
  };
  const made = await api.ask<Deployment>('POST', path, `deploy ${image.name}`, { body });
  const id = made.resource_id?.id;
  if (made.succeeded && id) return id;
  const said = made.error?.errors?.map(({ message }) => message?.default_message).join('; ');
  throw new CloudError('import-failed', `cannot deploy ${image.name}: ${said || 'no reason given'}`, {
    hint: 'The tasks of vCenter say more.',
  });
}

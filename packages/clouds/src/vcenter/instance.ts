import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { VcenterApi } from './api.js';

/** What vCenter says of a deployment. */
interface Deployment {
  readonly succeeded?: boolean;
  readonly resource_id?: { readonly id?: string };
  readonly error?: {
    readonly errors?: readonly { readonly message?: { readonly default_message?: string } }[];
  };
}

/** Runs a machine out of an item of a content library. Its REST API shows no console, and takes no user data. */
export const startVcenterMachine: StartInstance = async (session, { image, name, data }) => {
  if (data !== undefined) {
    throw new CloudError('bad-option', 'vCenter takes no user data when it deploys an OVA of ours', {
      hint: 'Set it afterwards: `govc vm.change -e guestinfo.userdata=…`, which the image metadata reads with open-vm-tools.',
    });
  }
  const api = new VcenterApi(session);
  try {
    // vCenter makes one machine of one token, whatever becomes of the answer.
    const path = `/vcenter/ovf/library-item/${encodeURIComponent(image.id)}?action=deploy&client_token=${randomUUID()}`;
    const body = {
      deployment_spec: { name, accept_all_EULA: true },
      target: { resource_pool_id: session.option('resource-pool') },
    };
    const made = await api.ask<Deployment>('POST', path, `deploy ${image.name}`, { body });
    const id = made.resource_id?.id;
    if (!made.succeeded || !id) {
      const said = made.error?.errors?.map(({ message }) => message?.default_message).join('; ');
      throw new CloudError('import-failed', `cannot deploy ${image.name}: ${said || 'no reason given'}`, {
        hint: 'The tasks of vCenter say more.',
      });
    }
    const machine = `/vcenter/vm/${encodeURIComponent(id)}`;
    const remove = async (): Promise<void> => {
      await api.send('POST', `${machine}/power?action=stop`, `stop ${name}`, { allow: [400] });
      await api.send('DELETE', machine, `remove ${name}`, { allow: [404] });
      await api.close();
    };
    const undo = new Undo(session.log);
    undo.add(`the machine ${id}`, remove);
    await undo.guard(() =>
      api.send('POST', `${machine}/power?action=start`, `start ${name}`, { allow: [400] }),
    );
    return {
      id,
      async look() {
        const { state } = await api.ask<{ state?: string }>('GET', `${machine}/power`, `look at ${name}`);
        return { isOver: state === 'POWERED_OFF' };
      },
      remove,
    };
  } catch (error) {
    await api.close().catch(() => undefined);
    throw error;
  }
};

import { secretOf } from '../client/json-api.js';
import { objectIn } from '../client/json.js';
import type { CallRequest } from '../client/request.js';
import { CloudError } from '../error.js';
import type { Session } from '../platform.js';
import { waitFor } from '../wait.js';

/** The API of a Proxmox VE: https://pve.proxmox.com/pve-docs/api-viewer. */
export interface ProxmoxApi {
  /** Sends a request, and gives the `data` of the answer. */
  ask<T>(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    details?: Pick<CallRequest, 'once' | 'body' | 'headers'>,
  ): Promise<T>;
  /** Starts a task, and waits until it has ended. Throws CloudError `import-failed` with the task's last words. */
  run(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    details?: Pick<CallRequest, 'once' | 'body' | 'headers'>,
  ): Promise<void>;
}

const TOKEN = /^[^@!=\s]+@[^@!=\s]+![^@!=\s]+=\S+$/;

/** Reads the token. Throws CloudError `no-credentials`. */
export function proxmoxApi(session: Session): ProxmoxApi {
  const { client, option, pollInterval } = session;
  const token = secretOf(session, 'PROXMOX_VE_API_TOKEN');
  if (!TOKEN.test(token)) {
    const what = token === '' ? 'is not set' : 'is no token: expected user@realm!name=secret';
    throw new CloudError('no-credentials', `PROXMOX_VE_API_TOKEN ${what}`, {
      hint: 'Make a token: `pveum user token add root@pam nx-linuxkit --privsep 0` on the node.',
    });
  }
  // A server may repeat the secret without the name.
  client.hide(token.slice(token.indexOf('=') + 1));
  const root = `${option('endpoint')
    .replace(/\/+$/, '')
    .replace(/\/api2(\/json)?$/, '')}/api2/json`;
  const node = encodeURIComponent(option('node'));

  const ask: ProxmoxApi['ask'] = async <T>(
    method: CallRequest['method'],
    path: string,
    purpose: string,
    details: Pick<CallRequest, 'once' | 'body' | 'headers'> = {},
  ): Promise<T> => {
    const headers = { authorization: `PVEAPIToken=${token}`, ...details.headers };
    const answer = await client.call({ method, url: root + path, purpose, ...details, headers });
    return objectIn<{ data: T }>(answer, 'Proxmox VE').data;
  };
  return {
    ask,
    async run(method, path, purpose, details) {
      const task = await ask<unknown>(method, path, purpose, details);
      // Older versions do some things at once, and name no task.
      if (typeof task !== 'string') return;
      const status = `/nodes/${node}/tasks/${encodeURIComponent(task)}/status`;
      const said = await waitFor(purpose, pollInterval, async () => {
        const now = await ask<{ status?: string; exitstatus?: string }>('GET', status, purpose);
        return now.status === 'stopped' ? (now.exitstatus ?? '') : undefined;
      });
      if (said === 'OK' || said.startsWith('WARNINGS')) return;
      throw new CloudError(
        'import-failed',
        `cannot ${purpose}: the task ended with ${JSON.stringify(said)}`,
        {
          hint: 'The log of the task, in the web interface, says more.',
        },
      );
    },
  };
}

import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import type { StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { proxmoxApi } from './api.js';

interface Machine {
  readonly vmid: number;
  readonly name?: string;
}

/**
 * Runs a linked clone of a template. Proxmox VE shows a console by a web socket alone, and takes user data as a file that no call
 * uploads.
 */
export const startProxmoxMachine: StartInstance = async (session, { image, name, data }) => {
  if (data !== undefined) {
    throw new CloudError('bad-option', 'Proxmox VE takes no user data by its API', {
      hint: 'Write it to a snippet on the node, and name that in the template: `qm set … --cicustom`.',
    });
  }
  const api = proxmoxApi(session);
  const node = `/nodes/${encodeURIComponent(image.details.node ?? session.option('node'))}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { vmid } = await madeOnce<Machine>(
    session.pollInterval,
    async () => {
      const all = await api.ask<Machine[]>('GET', '/cluster/resources?type=vm', 'list machines');
      return all.find((machine) => machine.name === name);
    },
    async () => {
      const next = Number(await api.ask<string | number>('GET', '/cluster/nextid', 'get a number'));
      const body = new URLSearchParams({ newid: `${next}`, name, full: '0' }).toString();
      const path = `${node}/qemu/${encodeURIComponent(image.id)}/clone`;
      await api.run('POST', path, `clone ${image.name}`, { body, headers, once: true });
      return { vmid: next };
    },
  );
  const machine = `${node}/qemu/${vmid}`;
  const remove = async (): Promise<void> => {
    await api.run('POST', `${machine}/status/stop`, `stop ${name}`);
    await api.run('DELETE', `${machine}?purge=1`, `remove ${name}`);
  };
  const undo = new Undo(session.log);
  undo.add(`the machine ${vmid}`, remove);
  await undo.guard(() => api.run('POST', `${machine}/status/start`, `start ${name}`));
  return {
    id: `${vmid}`,
    async look() {
      const path = `${machine}/status/current`;
      const { status } = await api.ask<{ status?: string }>('GET', path, `look at ${name}`);
      return { isOver: status === 'stopped' };
    },
    remove,
  };
};

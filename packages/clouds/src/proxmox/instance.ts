import { madeOnce } from '../made-once.js';
import type { Instance, InstanceWanted, Session, StartInstance } from '../platform.js';
import { Undo } from '../undo.js';
import { proxmoxApi, type ProxmoxApi } from './api.js';
import { uploadDataCd } from './user-data.js';

interface Machine {
  readonly vmid: number;
  readonly name?: string;
}

/** Runs a linked clone of a template, with its user data on a CD. Proxmox VE shows a console by a web socket alone. */
export const startProxmoxMachine: StartInstance = async (session, { image, name, dataDisk }) => {
  const api = proxmoxApi(session);
  const node = `/nodes/${encodeURIComponent(image.details.node ?? session.option('node'))}`;
  const undo = new Undo(session.log);
  return undo.guard(() => start(session, api, node, { image, name, dataDisk }, undo));
};

async function start(
  session: Session,
  api: ProxmoxApi,
  node: string,
  { image, name, dataDisk }: Pick<InstanceWanted, 'image' | 'name' | 'dataDisk'>,
  undo: Undo,
): Promise<Instance> {
  const cd = dataDisk && (await uploadDataCd(session, api, node, name, await dataDisk()));
  if (cd) undo.add(`the user data ${cd.volume}`, cd.remove);
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
  const stop = async (): Promise<void> => {
    await api.run('POST', `${machine}/status/stop`, `stop ${name}`);
    await api.run('DELETE', `${machine}?purge=1`, `remove ${name}`);
  };
  undo.add(`the machine ${vmid}`, stop);
  if (cd) {
    const body = new URLSearchParams({ ide2: `${cd.volume},media=cdrom` }).toString();
    await api.run('POST', `${machine}/config`, `give ${name} its user data`, { body, headers });
  }
  await api.run('POST', `${machine}/status/start`, `start ${name}`);
  return {
    id: `${vmid}`,
    async look() {
      const path = `${machine}/status/current`;
      const { status } = await api.ask<{ status?: string }>('GET', path, `look at ${name}`);
      return { isOver: status === 'stopped' };
    },
    // User data may be secret: it goes even where the machine stays.
    remove: () => stop().finally(() => cd?.remove()),
  };
}

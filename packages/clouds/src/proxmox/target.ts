import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { proxmoxApi, type ProxmoxApi } from './api.js';
import { uploadForm } from './upload-form.js';

/** The tag of all that a push makes. */
const TAG = 'nx-linuxkit';
/** MiB of memory that machines of the template have until they say otherwise. */
const MEMORY = 1024;

/** A machine, as the list of the cluster shows it. */
interface Machine {
  readonly vmid: number;
  readonly node: string;
  readonly name?: string;
  readonly tags?: string;
  readonly template?: number;
}

/** What a machine's configuration says, as far as it is read. */
interface Configuration {
  readonly description?: string;
  readonly lock?: string;
  /** `creation-qemu=9.0.2,ctime=1700000000`. */
  readonly meta?: string;
}

/** Templates of a Proxmox VE: a file is uploaded, imported as the disk of a machine, and that becomes a template. */
export const openProxmox: OpenTarget = async (session) => new ProxmoxTarget(session, proxmoxApi(session));

class ProxmoxTarget implements Target {
  private readonly node: string;
  private readonly storage: string;

  constructor(
    private readonly session: Session,
    private readonly api: ProxmoxApi,
  ) {
    this.node = `/nodes/${encodeURIComponent(session.option('node'))}`;
    this.storage = `${this.node}/storage/${encodeURIComponent(session.option('storage'))}`;
  }

  readonly check = async (): Promise<string> => {
    const { option } = this.session;
    const { version } = await this.api.ask<{ version?: string }>('GET', '/version', 'check the credentials');
    const purpose = `look at the storage ${option('storage')}`;
    const { content = '' } = await this.api.ask<{ content?: string }>(
      'GET',
      `${this.storage}/status`,
      purpose,
    );
    if (!content.split(',').includes('import')) {
      throw new CloudError('bad-option', `the storage ${option('storage')} takes ${content}, and no import`, {
        hint: `Run \`pvesm set ${option('storage')} --content ${content},import\` on the node.`,
      });
    }
    return `Proxmox VE ${version}, node ${option('node')}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> => {
    const images: CloudImage[] = [];
    for (const machine of await this.machines()) {
      const { description, meta } = await this.configuration(machine);
      const mark = readMark(description);
      if (machine.template !== 1 || mark?.system !== system) continue;
      const seconds = Number(/(?:^|,)ctime=(\d+)/.exec(meta ?? '')?.[1] ?? 0);
      images.push(imageOf(machine, mark.sha256, new Date(seconds * 1000).toISOString()));
    }
    return images.sort((a, b) => (a.created < b.created ? 1 : -1));
  };

  readonly plan = async (wanted: Wanted): Promise<string[]> => [
    `send ${wanted.file.size} bytes to ${this.session.option('storage')} as ${fileOf(wanted)}`,
    `make the template ${nameOf(wanted)} of it, and remove the file`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    if (wanted.architecture !== 'amd64') {
      throw new CloudError(
        'bad-file',
        `Proxmox VE runs amd64, and the system is for ${wanted.architecture}`,
        {
          hint: 'Build the system for amd64.',
        },
      );
    }
    const { pollInterval } = this.session;
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      const volume = this.volumeOf(wanted);
      undo.add(`the file ${volume}`, () => this.deleteFile(volume));
      await madeOnce(
        pollInterval,
        async () => (await this.hasFile(volume)) || (await this.begun(wanted)) !== undefined || undefined,
        async () => {
          await this.send(wanted);
          return true;
        },
      );
      const machine = await madeOnce(
        pollInterval,
        () => this.begun(wanted),
        () => this.make(wanted, volume),
      );
      undo.add(`the machine ${machine.vmid}`, () => this.delete(machine));
      await this.becomeTemplate(machine, wanted);
      await this.deleteFile(volume);
      return imageOf({ ...machine, name: nameOf(wanted) }, wanted.file.sha256, new Date().toISOString());
    });
  };

  readonly tidy = (wanted: Wanted): Promise<void> => this.deleteFile(this.volumeOf(wanted));

  readonly remove = ({ id, details }: CloudImage): Promise<void> =>
    this.delete({ vmid: Number(id), node: details.node ?? '' });

  /** Sends the file. Proxmox VE shows it once it is there as a whole and has the digest that the request names. */
  private async send(wanted: Wanted): Promise<void> {
    const fields = { 'checksum-algorithm': 'sha256', checksum: wanted.file.sha256, content: 'import' };
    const { file } = wanted;
    const form = uploadForm(fields, fileOf(wanted), file.size, () => file.parts(this.session.progress));
    const details = { ...form, once: true };
    await this.api.run('POST', `${this.storage}/upload`, `send ${fileOf(wanted)}`, details);
  }

  private volumeOf(wanted: Wanted): string {
    return `${this.session.option('storage')}:import/${fileOf(wanted)}`;
  }

  private async hasFile(volume: string): Promise<boolean> {
    const path = `${this.storage}/content?content=import`;
    const files = await this.api.ask<{ volid: string }[]>('GET', path, 'list files');
    return files.some(({ volid }) => volid === volume);
  }

  private async deleteFile(volume: string): Promise<void> {
    if (!(await this.hasFile(volume))) return;
    const path = `${this.storage}/content/${encodeURIComponent(volume)}`;
    await this.api.run('DELETE', path, `remove the file ${volume}`);
  }

  /** Machines that pushes have made. */
  private async machines(): Promise<Machine[]> {
    const all = await this.api.ask<Machine[]>('GET', '/cluster/resources?type=vm', 'list machines');
    return all.filter(({ tags = '' }) => tags.split(/[;, ]/).includes(TAG));
  }

  private configuration({ node, vmid }: Machine): Promise<Configuration> {
    return this.api.ask('GET', `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/config`, `look at ${vmid}`);
  }

  /** The machine of the same bytes that a push has begun, and that is no template yet. */
  private async begun({ system, file }: Wanted): Promise<Machine | undefined> {
    for (const machine of await this.machines()) {
      const mark = readMark((await this.configuration(machine)).description);
      if (machine.template !== 1 && mark?.system === system && mark.sha256 === file.sha256) return machine;
    }
    return undefined;
  }

  /** Makes a machine whose disk is the file. */
  private async make(wanted: Wanted, volume: string): Promise<Machine> {
    const next = await this.api.ask<string | number>('GET', '/cluster/nextid', 'get a number');
    const vmid = Number(next);
    const body = new URLSearchParams({ vmid: `${vmid}`, ...this.machineOf(wanted, volume) }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const details = { body, headers, once: true };
    await this.api.run('POST', `${this.node}/qemu`, `make the machine ${vmid}`, details);
    return { vmid, node: this.session.option('node') };
  }

  private machineOf(wanted: Wanted, volume: string): Record<string, string> {
    const { option } = this.session;
    const disks = option('disk-storage');
    return {
      name: nameOf(wanted),
      description: markOf(wanted),
      tags: TAG,
      ostype: 'l26',
      memory: `${MEMORY}`,
      ...(wanted.firmware === 'uefi'
        ? { bios: 'ovmf', machine: 'q35', efidisk0: `${disks}:1,efitype=4m,pre-enrolled-keys=0` }
        : { bios: 'seabios' }),
      scsihw: 'virtio-scsi-single',
      scsi0: `${disks}:0,import-from=${volume}`,
      boot: 'order=scsi0',
      net0: `virtio,bridge=${option('bridge')}`,
      serial0: 'socket',
    };
  }

  /** Waits until the import is over, and makes the machine a template. */
  private async becomeTemplate(machine: Machine, wanted: Wanted): Promise<void> {
    const { vmid, node } = machine;
    const { pollInterval } = this.session;
    await waitFor(`the machine ${vmid}`, pollInterval, async () =>
      (await this.configuration(machine)).lock === undefined ? true : undefined,
    );
    const path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/template`;
    const purpose = `make ${nameOf(wanted)} a template`;
    await madeOnce(
      pollInterval,
      async () => (await this.machines()).some((one) => one.vmid === vmid && one.template === 1) || undefined,
      async () => {
        await this.api.run('POST', path, purpose, { once: true });
        return true;
      },
    );
  }

  private async delete({ vmid, node }: Machine): Promise<void> {
    const query = 'purge=1&destroy-unreferenced-disks=1';
    const path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}?${query}`;
    await this.api.run('DELETE', path, `remove the machine ${vmid}`);
  }
}

function imageOf({ vmid, node, name = '' }: Machine, sha256: string, created: string): CloudImage {
  return { id: `${vmid}`, name, sha256, created, details: { node } };
}

/** Proxmox VE tells the kind of a disk by the end of its file's name. */
function fileOf({ name, format }: Wanted): string {
  return `${name.replace(/[^\w.-]/g, '-')}.${format.split('-')[0]}`;
}

/** A name of DNS, as machines have. */
function nameOf({ name }: Wanted): string {
  return name.replace(/[^A-Za-z0-9.-]/g, '-').replace(/^[-.]+/, '');
}

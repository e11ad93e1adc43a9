import { createHash } from 'node:crypto';
import { FakeInstances, type FakeInstance } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const SECRET = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
const TOKEN = `root@pam!push=${SECRET}`;
const UPID = /^UPID:pve:[0-9A-F]{8}:\w+$/;

interface FakeMachine {
  readonly vmid: number;
  readonly config: Record<string, string>;
  readonly bytes: Buffer;
  template?: 1;
}

/** A node of Proxmox VE with a storage that takes imports. Every change is a task, which takes until it is asked for twice. */
export class FakeProxmox {
  readonly machines = new Map<number, FakeMachine>();
  readonly files = new Map<string, Buffer>();
  readonly instances = new FakeInstances();
  importFails = false;
  readonly secrets = [SECRET];
  readonly options = { node: 'pve' };
  readonly #tasks = new Map<string, { asked: number; exit: string }>();
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeProxmox> {
    const self: { cloud?: FakeProxmox } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    self.cloud = new FakeProxmox(fake);
    return self.cloud;
  }

  get env(): Record<string, string> {
    return { PROXMOX_VE_ENDPOINT: `${this.fake.url}/`, PROXMOX_VE_API_TOKEN: TOKEN };
  }

  get contents(): Map<string, Buffer> {
    return new Map([...this.machines.values()].map(({ vmid, bytes }) => [`${vmid}`, bytes]));
  }

  get images(): Map<string, unknown> {
    return new Map(
      [...this.machines.values()].filter(({ template }) => template).map((one) => [`${one.vmid}`, one]),
    );
  }

  left(): string[] {
    return [...[...this.machines.keys()].map(String), ...this.files.keys(), ...this.instances.all.keys()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { method, url, headers } = request;
    if (headers.authorization !== `PVEAPIToken=${TOKEN}`) return { status: 401, body: { data: null } };
    const path = url.pathname.replace(/^\/api2\/json/, '');
    const call = `${method} ${path.replace(/^\/nodes\/pve/, '')}`;
    if (call === 'GET /version') return data({ version: '9.0.3' });
    if (call === 'GET /storage/local/status') return data({ content: 'iso,import', active: 1 });
    if (call === 'GET /storage/local/content') {
      const content = url.searchParams.get('content') ?? '';
      const volumes = [...this.files.keys()].filter((volid) => volid.startsWith(`local:${content}/`));
      return data(volumes.map((volid) => ({ volid, content })));
    }
    if (call === 'POST /storage/local/upload') return this.upload(request);
    if (call.startsWith('DELETE /storage/local/content/'))
      return this.deleteFile(decodeURIComponent(path.split('/').pop()!));
    if (call === 'GET /cluster/resources')
      return data([...[...this.machines.values()].map(shown), ...this.clones()]);
    if (call === 'GET /cluster/nextid')
      return data(`${this.machines.size > 0 ? this.instances.nextId : 99 + this.#next++}`);
    if (call === 'POST /qemu') return this.make(new URLSearchParams(request.body.toString()));
    const task = /^GET \/tasks\/([^/]+)\/status$/.exec(call)?.[1];
    if (task) return this.status(decodeURIComponent(task));
    const configured = /^POST \/qemu\/(\d+)\/config$/.exec(call)?.[1];
    if (configured !== undefined)
      return this.configure(configured, new URLSearchParams(request.body.toString()));
    const clone = /^(\w+) \/qemu\/(\d+)(?:\/status\/(\w+))?$/.exec(call);
    const instance = this.instances.all.get(clone?.[2] ?? '');
    if (clone && instance) return this.clone(clone[1]!, instance, clone[3]);
    const [, number, what] = /^\w+ \/qemu\/(\d+)(?:\/(\w+))?$/.exec(call) ?? [];
    const machine = this.machines.get(Number(number));
    if (!machine) return { status: 500, body: { data: null, message: 'no such machine' } };
    if (call.endsWith('/clone')) return this.makeClone(machine, new URLSearchParams(request.body.toString()));
    return this.machine(`${method} ${what ?? ''}`, machine, url);
  }

  private clones(): object[] {
    return [...this.instances.all.values()].map(({ id, name }) => ({ vmid: Number(id), node: 'pve', name }));
  }

  /** A clone has the number that the instances count by. */
  private makeClone({ vmid, template }: FakeMachine, form: URLSearchParams): FakeAnswer {
    if (!template || form.get('full') !== '0') return { status: 400, body: { errors: { full: 'wrong' } } };
    this.instances.make(form.get('name')!, `${vmid}`, '');
    return this.task();
  }

  /** What is on the CD is what its guest reads. */
  private configure(id: string, form: URLSearchParams): FakeAnswer {
    const volume = /^(local:iso\/[\w.-]+),media=cdrom$/.exec(form.get('ide2') ?? '')?.[1];
    const [instance, bytes] = [this.instances.all.get(id), this.files.get(volume ?? '')];
    if (!instance || !bytes) return { status: 400, body: { errors: { ide2: 'wrong' } } };
    Object.assign(instance, { data: bytes.toString() });
    return this.task();
  }

  private clone(method: string, instance: FakeInstance, what: string | undefined): FakeAnswer {
    if (method === 'DELETE') {
      this.instances.all.delete(instance.id);
      return this.task();
    }
    if (what !== 'current') return this.task();
    return data({ status: this.instances.runs(instance) ? 'running' : 'stopped' });
  }

  private upload({ headers, body }: FakeRequest): FakeAnswer {
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
    const parts = partsOf(body, `--${boundary}`);
    const file = parts.get('filename');
    const name = /filename="([\w.-]+\.(?:qcow2|raw|vmdk|ova|iso))"/.exec(file?.head ?? '')?.[1];
    const sum = createHash('sha256')
      .update(file?.bytes ?? '')
      .digest('hex');
    const text = (field: string) => parts.get(field)?.bytes.toString();
    const content = name?.endsWith('.iso') ? 'iso' : 'import';
    if (!name || text('content') !== content || text('checksum-algorithm') !== 'sha256')
      return { status: 400, body: { errors: { filename: 'wrong' } } };
    if (text('checksum') !== sum) return this.task('checksum mismatch');
    this.files.set(`local:${content}/${name}`, file!.bytes);
    return this.task();
  }

  private deleteFile(volume: string): FakeAnswer {
    return this.files.delete(volume) ? this.task() : { status: 500, body: { data: null } };
  }

  private make(form: URLSearchParams): FakeAnswer {
    const config = Object.fromEntries(form);
    const volume = /^local-lvm:0,import-from=(.+)$/.exec(config.scsi0 ?? '')?.[1];
    const bytes = this.files.get(volume ?? '');
    const right =
      bytes &&
      /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(config.name ?? '') &&
      /^[a-z0-9_][a-z0-9_+.-]*$/.test(config.tags ?? '') &&
      (config.bios === 'ovmf') === (config.efidisk0 !== undefined) &&
      config.boot === 'order=scsi0' &&
      config.net0 === 'virtio,bridge=vmbr0';
    if (!right) return { status: 400, body: { errors: { scsi0: 'wrong' } } };
    if (this.importFails) return this.task('qemu-img: not a disk');
    const vmid = Number(config.vmid);
    config.meta = `creation-qemu=10.0.2,ctime=${1_700_000_000 + vmid}`;
    this.machines.set(vmid, { vmid, config, bytes });
    return this.task();
  }

  private machine(call: string, machine: FakeMachine, url: URL): FakeAnswer {
    if (call === 'GET config') return data(machine.config);
    if (call === 'POST template') {
      if (machine.template) return { status: 500, body: { message: "can't convert a template" } };
      machine.template = 1;
      return this.task();
    }
    if (call === 'DELETE ' && url.searchParams.get('purge') === '1') {
      this.machines.delete(machine.vmid);
      return this.task();
    }
    return { status: 501, body: { message: call } };
  }

  private task(exit = 'OK'): FakeAnswer {
    const id = `UPID:pve:${(this.#next++).toString(16).toUpperCase().padStart(8, '0')}:task`;
    this.#tasks.set(id, { asked: 0, exit });
    return data(id);
  }

  private status(id: string): FakeAnswer {
    const task = this.#tasks.get(id);
    if (!task || !UPID.test(id)) return { status: 400, body: { errors: { upid: 'wrong' } } };
    return data(task.asked++ === 0 ? { status: 'running' } : { status: 'stopped', exitstatus: task.exit });
  }
}

function shown({ vmid, config, template }: FakeMachine): object {
  return { vmid, node: 'pve', name: config.name, tags: config.tags, ...(template && { template }) };
}

const data = (value: unknown): FakeAnswer => ({ body: { data: value } });

/** The parts of a form, by their names. */
function partsOf(body: Buffer, boundary: string): Map<string, { head: string; bytes: Buffer }> {
  const parts = new Map<string, { head: string; bytes: Buffer }>();
  for (let at = body.indexOf(boundary); at >= 0;) {
    const start = at + boundary.length + 2;
    const end = body.indexOf(`\r\n${boundary}`, start);
    if (end < 0) break;
    const split = body.indexOf('\r\n\r\n', start);
    const head = body.subarray(start, split).toString();
    const name = /name="([^"]+)"/.exec(head)?.[1];
    if (name !== undefined) parts.set(name, { head, bytes: body.subarray(split + 4, end) });
    at = end + 2;
  }
  return parts;
}

import { createHash } from 'node:crypto';
import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const USER = 'administrator@vsphere.local';
const PASSWORD = 'a password: with signs';
const LIBRARY = 'library-1';

interface FakeItem {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly description: string;
  readonly creation_time: string;
  size: number;
}

interface FakeUpdate {
  readonly item: string;
  state: string;
  file?: { size: number; checksum: string; bytes?: Buffer };
  asked: number;
}

/** A vCenter with one content library. */
export class FakeVcenter {
  readonly items = new Map<string, FakeItem>();
  readonly updates = new Map<string, FakeUpdate>();
  readonly contents = new Map<string, Buffer>();
  readonly sessions = new Set<string>();
  readonly instances = new FakeInstances();
  importFails = false;
  readonly secrets = [PASSWORD, Buffer.from(`${USER}:${PASSWORD}`).toString('base64')];
  readonly options = { library: 'systems' };
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeVcenter> {
    const self: { cloud?: FakeVcenter } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    self.cloud = new FakeVcenter(fake);
    return self.cloud;
  }

  get env(): Record<string, string> {
    return { GOVC_URL: `${this.fake.url}/sdk`, GOVC_USERNAME: USER, GOVC_PASSWORD: PASSWORD };
  }

  get images(): Map<string, unknown> {
    return new Map([...this.items].filter(([, { size }]) => size > 0));
  }

  left(): string[] {
    const open = [...this.updates].filter(([, { state }]) => state === 'ACTIVE').map(([id]) => id);
    return [...this.items.keys(), ...open, ...this.instances.all.keys(), ...this.sessions];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { method, url, headers, body } = request;
    if (url.pathname === '/api/session' && method === 'POST') return this.begin(headers.authorization);
    const session = String(headers['vmware-api-session-id'] ?? '');
    if (!this.sessions.has(session)) return fault(401, 'UNAUTHENTICATED');
    if (url.pathname === '/api/session') return this.sessions.delete(session) ? { status: 204 } : {};
    if (url.pathname.startsWith('/cls/data/')) return this.receive(url.pathname.split('/')[3]!, body);
    if (url.pathname.startsWith('/api/vcenter/')) return this.machine(request);
    const given = (): Record<string, string> => JSON.parse(body.toString());
    const path = url.pathname.replace(/^\/api\/content\/library/, '');
    if (path === '' && url.searchParams.get('action') === 'find')
      return json(given().name === 'systems' && given().type === 'LOCAL' ? [LIBRARY] : []);
    const update = /^\/item\/update-session(?:\/([^/]+))?(?:\/(file))?$/.exec(path);
    if (update) return this.update(request, update[1], update[2]);
    const id = /^\/item\/([^/]+)$/.exec(path)?.[1];
    if (path === '/item' && url.searchParams.get('action') === 'find')
      return json(
        [...this.items.values()].filter(({ name }) => name === given().name).map((item) => item.id),
      );
    if (path === '/item' && method === 'POST') return this.make(given());
    if (path === '/item/storage') return this.storage(url.searchParams.get('library_item_id') ?? '');
    if (path === `/${LIBRARY}`)
      return json({ storage_backings: [{ type: 'DATASTORE', datastore_id: 'datastore-1' }] });
    if (path === '/item') return json([...this.items.keys()]);
    const item = this.items.get(id ?? '');
    if (!item) return fault(404, 'NOT_FOUND');
    if (method === 'DELETE') return this.items.delete(item.id) ? { status: 204 } : {};
    return json(item);
  }

  /** One token deploys one machine. */
  private machine({ method, url, body }: FakeRequest): FakeAnswer {
    const item = /^\/api\/vcenter\/ovf\/library-item\/(.+)$/.exec(url.pathname)?.[1];
    if (item) {
      const wanted = JSON.parse(body.toString()) as {
        deployment_spec: { name: string; accept_all_EULA: boolean };
        target: { resource_pool_id: string };
      };
      const token = url.searchParams.get('client_token') ?? '';
      const right = (this.items.get(item)?.size ?? 0) > 0 && wanted.target.resource_pool_id === 'resgroup-1';
      if (!right || token === '' || url.searchParams.get('action') !== 'deploy')
        return fault(400, 'INVALID_ARGUMENT');
      const [known] = this.instances.named(token);
      const { id } = known ?? this.instances.make(token, item, '');
      return json({ succeeded: true, resource_id: { type: 'VirtualMachine', id: `vm-${id}` } });
    }
    if (url.pathname === '/api/vcenter/datastore/datastore-1') return json({ name: 'my disks' });
    const drive = /^\/api\/vcenter\/vm\/vm-(\d+)\/hardware\/cdrom$/.exec(url.pathname)?.[1];
    if (drive) return this.insert(drive, JSON.parse(body.toString()));
    const [, id = '', power] = /^\/api\/vcenter\/vm\/vm-(\d+)(\/power)?$/.exec(url.pathname) ?? [];
    const instance = this.instances.all.get(id);
    if (!instance) return fault(404, 'NOT_FOUND');
    if (method === 'DELETE') return this.instances.all.delete(id) ? { status: 204 } : {};
    if (method === 'POST') return { status: 204 };
    if (!power) return fault(404, 'NOT_FOUND');
    return json({ state: this.instances.runs(instance) ? 'POWERED_ON' : 'POWERED_OFF' });
  }

  private storage(item: string): FakeAnswer {
    if (!this.contents.has(item)) return fault(404, 'NOT_FOUND');
    return json([
      { storage_uris: [`ds:///vmfs/volumes/1234-5678/contentlib-1/${item}/a%20file.iso?serverId=1`] },
    ]);
  }

  /** What is on the CD is what its guest reads. */
  private insert(
    id: string,
    wanted: { type: string; backing: { type: string; iso_file: string } },
  ): FakeAnswer {
    const item = /^\[my disks\] contentlib-1\/(item-\d+)\/a file\.iso$/.exec(wanted.backing.iso_file)?.[1];
    const [instance, bytes] = [this.instances.all.get(id), this.contents.get(item ?? '')];
    if (!instance || !bytes || wanted.type !== 'IDE' || wanted.backing.type !== 'ISO_FILE')
      return fault(400, 'INVALID_ARGUMENT');
    Object.assign(instance, { data: bytes.toString() });
    return { status: 201, body: JSON.stringify('16000') };
  }

  private begin(authorization: string | undefined): FakeAnswer {
    const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    if (authorization !== expected) return fault(401, 'UNAUTHENTICATED');
    const id = `session-${this.#next++}`;
    this.sessions.add(id);
    return { status: 201, body: JSON.stringify(id) };
  }

  private make({ library_id, name, type = '', description }: Record<string, string>): FakeAnswer {
    const taken = [...this.items.values()].some((item) => item.name === name);
    if (library_id !== LIBRARY || !['ovf', 'iso'].includes(type) || taken)
      return fault(400, 'ALREADY_EXISTS');
    const number = this.#next++;
    const creation_time = `2026-01-01T00:00:${String(number).padStart(2, '0')}Z`;
    const id = `item-${number}`;
    this.items.set(id, { id, type, name: name!, description: description!, creation_time, size: 0 });
    return { status: 201, body: JSON.stringify(id) };
  }

  private update({ method, url, body }: FakeRequest, id?: string, file?: string): FakeAnswer {
    if (id === undefined) {
      const { library_item_id: item } = JSON.parse(body.toString()) as { library_item_id: string };
      if (!this.items.has(item)) return fault(404, 'NOT_FOUND');
      const made = `update-${this.#next++}`;
      this.updates.set(made, { item, state: 'ACTIVE', asked: 0 });
      return { status: 201, body: JSON.stringify(made) };
    }
    const update = this.updates.get(id);
    if (!update) return fault(404, 'NOT_FOUND');
    if (file) return this.announce(id, update, JSON.parse(body.toString()));
    const action = url.searchParams.get('action');
    if (method === 'DELETE') return this.updates.delete(id) ? { status: 204 } : {};
    if (action === 'complete') return this.complete(update);
    if (action === 'cancel') {
      update.state = 'CANCELED';
      return { status: 204 };
    }
    return this.shown(update);
  }

  private announce(
    id: string,
    update: FakeUpdate,
    wanted: { name: string; source_type: string; size: number; checksum_info: Record<string, string> },
  ): FakeAnswer {
    const { algorithm, checksum = '' } = wanted.checksum_info;
    const type = this.items.get(update.item)?.type === 'iso' ? '.iso' : '.ova';
    if (!wanted.name.endsWith(type) || wanted.source_type !== 'PUSH' || algorithm !== 'SHA256')
      return fault(400, 'INVALID_ARGUMENT');
    update.file = { size: wanted.size, checksum };
    return { status: 201, body: { upload_endpoint: { uri: `${this.fake.url}/cls/data/${id}/my.ova` } } };
  }

  private receive(id: string, body: Buffer): FakeAnswer {
    const file = this.updates.get(id)?.file;
    if (!file || body.length !== file.size) return fault(400, 'INVALID_ARGUMENT');
    file.bytes = body;
    return {};
  }

  private complete(update: FakeUpdate): FakeAnswer {
    const { file, state } = update;
    const sum = createHash('sha256')
      .update(file?.bytes ?? '')
      .digest('hex');
    if (state !== 'ACTIVE' || !file?.bytes || sum !== file.checksum)
      return fault(400, 'NOT_ALLOWED_IN_CURRENT_STATE');
    update.state = 'COMPLETING';
    return { status: 204 };
  }

  /** An update is complete when it has been asked for twice. */
  private shown(update: FakeUpdate): FakeAnswer {
    if (update.state === 'COMPLETING' && update.asked++ === 0) return json({ state: 'ACTIVE' });
    if (update.state === 'COMPLETING') {
      update.state = this.importFails ? 'ERROR' : 'DONE';
      if (!this.importFails) {
        this.items.get(update.item)!.size = update.file!.size;
        this.contents.set(update.item, update.file!.bytes!);
      }
    }
    const failed = update.state === 'ERROR' && {
      error_message: { default_message: 'the OVF descriptor is not valid' },
    };
    return json({ state: update.state, ...failed });
  }
}

const json = (value: unknown): FakeAnswer => ({ body: JSON.stringify(value) });

function fault(status: number, error_type: string): FakeAnswer {
  return { status, body: { error_type, messages: [] } };
}

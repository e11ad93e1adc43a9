import { FakeInstances, type FakeInstance } from './fake-instances.js';
import { FakeS3 } from './fake-s3.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const KEYS = { id: 'SCWKEY', secret: '11111111-2222-3333-4444-a-secret-key' };
const PROJECT = 'project-1';

interface FakeSnapshot {
  readonly id: string;
  readonly name: string;
  readonly tags: string[];
  readonly bytes: Buffer;
  status: string;
}

interface FakeImage {
  readonly id: string;
  readonly name: string;
  readonly tags: string[];
  readonly arch: string;
  readonly creation_date: string;
  readonly root_volume: { readonly id: string };
  state: string;
}

/** A server, which is on for as long as its guest runs. */
interface FakeServer {
  state: 'stopped' | 'starting' | 'on' | 'terminated';
}

/** Scaleway's object storage, block storage and instances, as far as a push needs them. */
export class FakeScaleway {
  readonly images = new Map<string, FakeImage>();
  readonly snapshots = new Map<string, FakeSnapshot>();
  readonly instances = new FakeInstances();
  /** Disks of servers, which outlive them. */
  readonly volumes = new Set<string>();
  readonly #servers = new Map<string, FakeServer>();
  importFails = false;
  readonly secrets = [KEYS.secret];
  readonly options = { bucket: 'my-bucket' };
  readonly bucket = new FakeS3('/s3/my-bucket', { service: 's3', region: 'fr-par', keys: KEYS });
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeScaleway> {
    const self: { cloud?: FakeScaleway } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    self.cloud = new FakeScaleway(fake);
    return self.cloud;
  }

  get env(): Record<string, string> {
    return {
      SCW_API_URL: this.fake.url,
      SCW_S3_ENDPOINT: `${this.fake.url}/s3`,
      SCW_ACCESS_KEY: KEYS.id,
      SCW_SECRET_KEY: KEYS.secret,
      SCW_DEFAULT_PROJECT_ID: PROJECT,
      SCW_DEFAULT_ZONE: 'fr-par-2',
    };
  }

  get contents(): Map<string, Buffer> {
    return new Map(
      [...this.images].map(([id, image]) => [id, this.snapshots.get(image.root_volume.id)!.bytes]),
    );
  }

  left(): string[] {
    const made = [...this.images.keys(), ...this.snapshots.keys(), ...this.volumes];
    return [...made, ...this.instances.all.keys(), ...this.bucket.left()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const stored = this.bucket.handle(request);
    if (stored) return stored;
    const { url, headers } = request;
    if (headers['x-auth-token'] !== KEYS.secret)
      return { status: 401, body: { type: 'denied_authentication' } };
    const server = /^\/instance\/v1\/zones\/fr-par-2\/servers(?:\/(\d+)(?:\/(.+))?)?$/.exec(url.pathname);
    if (server) return this.server(request, server[1], server[2]);
    const volume = /^\/block\/v1\/zones\/fr-par-2\/volumes\/(.+)$/.exec(url.pathname)?.[1];
    if (volume) return this.removeVolume(request.method, volume);
    const match = /^\/(instance|block)\/v1\/zones\/fr-par-2\/(images|snapshots)(?:\/(.+))?$/.exec(
      url.pathname,
    );
    if (!match) return { status: 404, body: { type: 'unknown_resource' } };
    const [, api, kind, id] = match;
    if (api === 'instance' && kind === 'images') return this.image(request, id);
    if (api === 'block' && kind === 'snapshots') return this.snapshot(request, id);
    return { status: 404, body: { type: 'unknown_resource' } };
  }

  private server({ method, url, headers, body }: FakeRequest, id?: string, action?: string): FakeAnswer {
    if (id === undefined) {
      if (method === 'POST') return this.makeServer(JSON.parse(body.toString()));
      const named = this.instances.named(url.searchParams.get('name') ?? '');
      return { body: { servers: named.map(serverOf) } };
    }
    const [server, instance] = [this.#servers.get(id), this.instances.all.get(id)];
    if (!server || !instance) return { status: 404, body: { type: 'unknown_resource' } };
    if (action === 'user_data/cloud-init') {
      if (method !== 'PATCH' || headers['content-type'] !== 'text/plain') return { status: 400, body: {} };
      Object.assign(instance, { data: body.toString() });
      return { status: 204 };
    }
    if (action === 'action') return this.act(server, JSON.parse(body.toString()).action);
    if (method === 'DELETE') {
      if (server.state !== 'stopped') return { status: 400, body: { type: 'invalid_request_error' } };
      this.instances.all.delete(id);
      return { status: 204 };
    }
    return this.shownServer(instance, server);
  }

  /** A server goes on and off between two looks. */
  private shownServer(instance: FakeInstance, server: FakeServer): FakeAnswer {
    let state: string = server.state;
    if (server.state === 'on') state = this.instances.runs(instance) ? 'running' : 'stopped in place';
    if (server.state === 'starting') server.state = 'on';
    return { body: { server: { ...serverOf(instance), state, public_ip: { address: '203.0.113.9' } } } };
  }

  private act(server: FakeServer, action: string): FakeAnswer {
    if (action === 'poweron' && server.state === 'stopped') server.state = 'starting';
    else if (action === 'terminate' && server.state !== 'stopped') server.state = 'terminated';
    else return { status: 400, body: { type: 'invalid_request_error' } };
    return { status: 202, body: { task: {} } };
  }

  private makeServer(wanted: Record<string, string>): FakeAnswer {
    const right =
      this.images.get(wanted.image!)?.state === 'available' &&
      wanted.commercial_type === 'PLAY2-NANO' &&
      wanted.project === PROJECT;
    if (!right) return { status: 400, body: { type: 'invalid_request_error' } };
    const instance = this.instances.make(wanted.name!, wanted.image!, '');
    this.#servers.set(instance.id, { state: 'stopped' });
    this.volumes.add(`volume-${instance.id}`);
    return { status: 201, body: { server: { ...serverOf(instance), state: 'stopped' } } };
  }

  /** The disk of a server that was ended is in use for one more request. */
  private removeVolume(method: string, volume: string): FakeAnswer {
    const id = volume.slice('volume-'.length);
    const server = this.#servers.get(id);
    if (method !== 'DELETE' || this.instances.all.has(id)) {
      if (server?.state === 'terminated') this.instances.all.delete(id);
      return { status: 412, body: { type: 'precondition_failed' } };
    }
    return this.volumes.delete(volume) ? { status: 204 } : { status: 404, body: {} };
  }

  private snapshot({ method, url, body }: FakeRequest, id: string | undefined): FakeAnswer {
    if (method === 'POST' && id === 'import-from-object-storage') {
      const wanted = JSON.parse(body.toString()) as Record<string, string> & { tags: string[] };
      const bytes = this.bucket.objects.get(wanted.key!);
      const right = bytes && wanted.bucket === 'my-bucket' && wanted.project_id === PROJECT && wanted.name;
      if (!right || !wanted.key!.endsWith('.qcow2'))
        return { status: 400, body: { type: 'invalid_arguments' } };
      const made = {
        id: `snapshot-${this.#next++}`,
        name: wanted.name!,
        tags: wanted.tags,
        bytes,
        status: 'creating',
      };
      this.snapshots.set(made.id, made);
      return { body: shownSnapshot(made) };
    }
    if (id === undefined) {
      const named = [...this.snapshots.values()].filter(({ name }) => name === url.searchParams.get('name'));
      return { body: { snapshots: named.map(shownSnapshot) } };
    }
    const snapshot = this.snapshots.get(id);
    if (!snapshot) return { status: 404, body: { type: 'not_found' } };
    if (method === 'DELETE') {
      const used = [...this.images.values()].some(({ root_volume }) => root_volume.id === id);
      if (used) return { status: 412, body: { type: 'precondition_failed' } };
      this.snapshots.delete(id);
      return { status: 204 };
    }
    const now = shownSnapshot(snapshot);
    if (snapshot.status === 'creating') snapshot.status = this.importFails ? 'error' : 'available';
    return { body: now };
  }

  private image({ method, url, body }: FakeRequest, id: string | undefined): FakeAnswer {
    if (method === 'POST') return this.make(JSON.parse(body.toString()));
    if (id === undefined) {
      if (url.searchParams.get('project') !== PROJECT) return { status: 403, body: { type: 'permissions' } };
      return { body: { images: [...this.images.values()] } };
    }
    const image = this.images.get(id);
    if (!image) return { status: 404, body: { type: 'unknown_resource' } };
    if (method === 'DELETE') return this.images.delete(id) ? { status: 204 } : {};
    const now = { ...image };
    image.state = 'available';
    return { body: { image: now } };
  }

  private make(wanted: Record<string, string> & { tags: string[] }): FakeAnswer {
    const right =
      this.snapshots.get(wanted.root_volume!)?.status === 'available' &&
      ['x86_64', 'arm64'].includes(wanted.arch!) &&
      wanted.project === PROJECT;
    if (!right) return { status: 400, body: { type: 'invalid_request_error' } };
    const number = this.#next++;
    const image = {
      id: `image-${number}`,
      name: wanted.name!,
      tags: wanted.tags,
      arch: wanted.arch!,
      creation_date: `2026-01-01T00:00:${String(number).padStart(2, '0')}Z`,
      root_volume: { id: wanted.root_volume! },
      state: 'creating',
    };
    this.images.set(image.id, image);
    return { status: 201, body: { image } };
  }
}

function serverOf({ id, name }: FakeInstance): object {
  return { id, name, volumes: { '0': { id: `volume-${id}`, volume_type: 'sbs_volume' } } };
}

function shownSnapshot({ id, name, tags, status }: FakeSnapshot): object {
  return { id, name, tags, status };
}

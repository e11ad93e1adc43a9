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

/** Scaleway's object storage, block storage and instances, as far as a push needs them. */
export class FakeScaleway {
  readonly images = new Map<string, FakeImage>();
  readonly snapshots = new Map<string, FakeSnapshot>();
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
    return [...this.images.keys(), ...this.snapshots.keys(), ...this.bucket.left()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const stored = this.bucket.handle(request);
    if (stored) return stored;
    const { url, headers } = request;
    if (headers['x-auth-token'] !== KEYS.secret)
      return { status: 401, body: { type: 'denied_authentication' } };
    const match = /^\/(instance|block)\/v1\/zones\/fr-par-2\/(images|snapshots)(?:\/(.+))?$/.exec(
      url.pathname,
    );
    if (!match) return { status: 404, body: { type: 'unknown_resource' } };
    const [, api, kind, id] = match;
    if (api === 'instance' && kind === 'images') return this.image(request, id);
    if (api === 'block' && kind === 'snapshots') return this.snapshot(request, id);
    return { status: 404, body: { type: 'unknown_resource' } };
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

function shownSnapshot({ id, name, tags, status }: FakeSnapshot): object {
  return { id, name, tags, status };
}

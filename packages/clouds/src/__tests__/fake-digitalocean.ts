import { FakeS3 } from './fake-s3.js';
import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const TOKEN = 'a-token-of-digitalocean';
const KEYS = { id: 'SPACESKEY', secret: 'a-secret-of-spaces' };

interface FakeImage {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly created_at: string;
  status: string;
  error_message?: string;
}

/** DigitalOcean's images and a bucket of Spaces. An import takes until it is asked for twice. */
export class FakeDigitalocean {
  readonly images = new Map<string, FakeImage>();
  readonly contents = new Map<string, Buffer>();
  readonly instances = new FakeInstances();
  importFails = false;
  readonly secrets = [TOKEN, KEYS.secret];
  readonly options = { region: 'fra1', bucket: 'my-bucket' };
  readonly bucket = new FakeS3('/spaces/my-bucket', { service: 's3', region: 'fra1', keys: KEYS });
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeDigitalocean> {
    const self: { cloud?: FakeDigitalocean } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    self.cloud = new FakeDigitalocean(fake);
    return self.cloud;
  }

  get env(): Record<string, string> {
    return {
      DIGITALOCEAN_API_URL: this.fake.url,
      DIGITALOCEAN_TOKEN: TOKEN,
      SPACES_ENDPOINT_URL: `${this.fake.url}/spaces`,
      SPACES_ACCESS_KEY_ID: KEYS.id,
      SPACES_SECRET_ACCESS_KEY: KEYS.secret,
    };
  }

  left(): string[] {
    return [...this.images.keys(), ...this.bucket.left()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const stored = this.bucket.handle(request);
    if (stored) return stored;
    const { method, url, headers, body } = request;
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { id: 'Unauthorized' } };
    if (url.pathname === '/v2/account') return { body: { account: { email: 'me@example.com' } } };
    const [, , kind, id] = url.pathname.split('/');
    if (kind === 'droplets') return this.droplet(request, id);
    if (kind !== 'images') return { status: 404, body: { id: 'not_found' } };
    if (method === 'POST') return this.make(JSON.parse(body.toString()));
    if (id === undefined) return this.list(url);
    const image = this.images.get(id);
    if (!image) return { status: 404, body: { id: 'not_found' } };
    if (method === 'DELETE') return this.images.delete(id) ? { status: 204 } : {};
    return { body: { image: this.shown(image) } };
  }

  private make(wanted: Record<string, string> & { tags: string[] }): FakeAnswer {
    const bytes = this.bucket.fetch(wanted.url!);
    const right =
      bytes !== undefined &&
      wanted.region === 'fra1' &&
      wanted.distribution === 'Unknown' &&
      /\.(img|qcow2|vmdk)\?/.test(wanted.url!) &&
      wanted.tags.every((tag) => /^[A-Za-z0-9:_-]{1,255}$/.test(tag));
    if (!right) return { status: 422, body: { id: 'unprocessable_entity', message: 'wrong request' } };
    const id = this.#next++;
    const created_at = `2026-01-01T00:00:${String(id).padStart(2, '0')}Z`;
    const { name = '', description = '' } = wanted;
    this.images.set(`${id}`, { id, name, description, created_at, status: 'NEW' });
    this.contents.set(`${id}`, bytes);
    return { status: 202, body: { image: this.images.get(`${id}`)! } };
  }

  private droplet({ method, url, body }: FakeRequest, id: string | undefined): FakeAnswer {
    if (method === 'POST') {
      const wanted = JSON.parse(body.toString()) as Record<string, unknown>;
      const right = this.images.has(`${wanted.image as number}`) && wanted.region === 'fra1';
      if (!right || wanted.size !== 's-1vcpu-1gb')
        return { status: 422, body: { id: 'unprocessable_entity' } };
      const made = this.instances.make(String(wanted.name), String(wanted.image), String(wanted.user_data));
      return { status: 202, body: { droplet: { id: Number(made.id), name: made.name } } };
    }
    if (id === undefined) {
      const named = this.instances.named(url.searchParams.get('name') ?? '');
      return { body: { droplets: named.map(({ id, name }) => ({ id: Number(id), name })) } };
    }
    const instance = this.instances.all.get(id);
    if (!instance) return { status: 404, body: { id: 'not_found' } };
    if (method === 'DELETE') return this.instances.all.delete(id) ? { status: 204 } : {};
    const status = this.instances.runs(instance) ? 'active' : 'off';
    const v4 = [{ ip_address: '203.0.113.9', type: 'public' }];
    return { body: { droplet: { id: Number(id), name: instance.name, status, networks: { v4 } } } };
  }

  /** Pages of one image. */
  private list(url: URL): FakeAnswer {
    const page = Number(url.searchParams.get('page') ?? 1);
    if (url.searchParams.get('private') !== 'true') return { status: 400, body: 'public images too' };
    const all = [...this.images.values()];
    const next = page < all.length ? { pages: { next: 'https://elsewhere.invalid/v2/images' } } : {};
    return { body: { images: all.slice(page - 1, page), links: next } };
  }

  private shown(image: FakeImage): FakeImage {
    const now = { ...image };
    if (image.status === 'NEW') image.status = 'pending';
    else if (image.status === 'pending') {
      image.status = this.importFails ? 'deleted' : 'available';
      if (this.importFails) image.error_message = 'the disk has no file system';
    }
    return now;
  }
}

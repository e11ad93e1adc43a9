import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

export const TOKEN = 'a-token-of-keystone';

/** What a request for a token says, as far as it is looked at. */
interface Auth {
  readonly identity: {
    readonly password?: {
      readonly user: { readonly password: string; readonly domain: { readonly name: string } };
    };
    readonly application_credential?: { readonly secret: string };
  };
  readonly scope?: { readonly project: { readonly name: string } };
}

/** Keystone and Glance, as far as a push needs them. */
export class FakeOpenstack {
  readonly images = new Map<string, Record<string, string>>();
  readonly contents = new Map<string, Buffer>();
  readonly instances = new FakeInstances();
  /** What an image becomes once its bytes are there. */
  becomes: 'active' | 'killed' = 'active';
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeOpenstack> {
    const self: { cloud?: FakeOpenstack } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    self.cloud = new FakeOpenstack(fake);
    return self.cloud;
  }

  get env(): Record<string, string> {
    return {
      OS_AUTH_URL: `${this.fake.url}/identity/v3`,
      OS_USERNAME: 'me',
      OS_PASSWORD: 'a-password',
      OS_PROJECT_NAME: 'systems',
      OS_REGION_NAME: 'west',
    };
  }

  /** All that costs money. */
  left(): string[] {
    return [...this.images.keys(), ...this.instances.all.keys()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { method, url, headers, body } = request;
    if (url.pathname === '/identity/v3/auth/tokens') return this.token(JSON.parse(body.toString()).auth);
    if (headers['x-auth-token'] !== TOKEN) return { status: 401, body: 'Unauthorized' };
    if (url.pathname.startsWith('/nova/')) return this.nova(request);
    const [, , , id, file] = url.pathname.replace(/^\/image/, '').split('/');
    if (method === 'POST') return this.make(JSON.parse(body.toString()));
    if (!id) return this.list(url);
    const image = this.images.get(id);
    if (!image) return { status: 404, body: 'no image' };
    if (method === 'DELETE') return this.images.delete(id) ? { status: 204 } : {};
    if (!file) return { body: this.shown(image) };
    if (image.status !== 'queued') return { status: 409, body: 'not queued' };
    image.status = 'saving';
    this.contents.set(id, body);
    return { status: 204 };
  }

  private token(auth: Auth): FakeAnswer {
    const user = auth.identity.password?.user;
    const given = auth.identity.application_credential;
    const right = user
      ? user.password === 'a-password' &&
        user.domain.name === 'Default' &&
        auth.scope?.project.name === 'systems'
      : given?.secret === 'a-secret' && auth.scope === undefined;
    if (!right) return { status: 401, body: { error: { message: 'not you' } } };
    const endpoint = (region: string, path: string) => ({
      interface: 'public',
      region,
      url: `${this.fake.url}${path}`,
    });
    const catalog = [
      { type: 'compute', endpoints: [endpoint('west', '/nova/v2.1')] },
      { type: 'image', endpoints: [endpoint('east', '/nowhere'), endpoint('west', '/image/')] },
    ];
    return {
      status: 201,
      headers: { 'x-subject-token': TOKEN },
      body: { token: { project: { name: 'systems' }, catalog } },
    };
  }

  private nova({ method, url, headers, body }: FakeRequest): FakeAnswer {
    const [, , , kind, id, action] = url.pathname.split('/');
    if (headers['x-openstack-nova-api-version'] !== '2.37') return { status: 406, body: 'version' };
    if (kind === 'flavors') return { body: flavors(url.searchParams.get('marker')) };
    if (kind !== 'servers') return { status: 404, body: 'nothing' };
    if (method === 'POST' && id === undefined) {
      const { server } = JSON.parse(body.toString()) as { server: Record<string, string> };
      const right =
        this.images.has(server.imageRef!) && server.flavorRef === '1' && server.networks === 'auto';
      if (!right) return { status: 400, body: 'server' };
      const data = Buffer.from(server.user_data ?? '', 'base64').toString();
      const made = this.instances.make(server.name!, server.imageRef!, data);
      return { status: 202, body: { server: { id: made.id } } };
    }
    if (id === undefined) {
      const name = /^\^(.+)\$$/.exec(url.searchParams.get('name') ?? '')?.[1] ?? '';
      return { body: { servers: this.instances.named(name) } };
    }
    const instance = this.instances.all.get(id);
    if (!instance) return { status: 404, body: 'no server' };
    if (method === 'DELETE') return this.instances.all.delete(id) ? { status: 204 } : {};
    if (action) return { body: { output: this.instances.console(instance) } };
    const status = this.instances.runs(instance) ? 'ACTIVE' : 'SHUTOFF';
    return { body: { server: { id, status, addresses: { net: [{ addr: '203.0.113.9' }] } } } };
  }

  private make(wanted: object): FakeAnswer {
    const id = `image-${this.#next++}`;
    const created_at = `2026-01-01T00:00:${String(this.#next).padStart(2, '0')}Z`;
    const image = { ...wanted, id, status: 'queued', created_at };
    this.images.set(id, image);
    return { status: 201, body: image };
  }

  /** Pages of one image, so that a reader has to follow them. */
  private list(url: URL): FakeAnswer {
    const system = url.searchParams.get('nx_linuxkit_system');
    const found = [...this.images.values()]
      .filter((image) => !system || image.nx_linuxkit_system === system)
      .reverse();
    const at = Number(url.searchParams.get('marker') ?? 0);
    const next = new URLSearchParams({ ...Object.fromEntries(url.searchParams), marker: `${at + 1}` });
    return {
      body: { images: found.slice(at, at + 1), ...(at + 1 < found.length && { next: `/v2/images?${next}` }) },
    };
  }

  /** Saving takes until it is asked for twice. */
  private shown(image: Record<string, string>): object {
    const now = { ...image };
    if (image.status === 'saving') image.status = this.becomes;
    return now;
  }
}

/** Two pages of flavors, of which the second one has the one that is asked for. */
function flavors(marker: string | null): object {
  if (marker === '0') return { flavors: [{ id: '1', name: 'small' }] };
  return { flavors: [{ id: '0', name: 'tiny' }], flavors_links: [{ rel: 'next', href: 'http://inside/' }] };
}

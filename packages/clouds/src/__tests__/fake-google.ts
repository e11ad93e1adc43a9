import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

export const TOKEN = 'a-token-of-google';
const CHUNK = 256 * 1024;
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

interface Upload {
  readonly name: string;
  readonly size: number;
  bytes: Buffer;
}

export interface GoogleImage {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly rawDisk: { readonly source: string };
  readonly guestOsFeatures: readonly { readonly type: string }[];
  readonly id?: string;
  readonly selfLink?: string;
  readonly creationTimestamp?: string;
}

/** Cloud Storage, Compute Engine and the token server, as far as a push needs them. */
export class FakeGoogle {
  readonly objects = new Map<string, Buffer>();
  readonly images = new Map<string, GoogleImage>();
  readonly contents = new Map<string, Buffer>();
  readonly instances = new FakeInstances();
  /** Whether the import of an image fails after it was accepted. */
  importFails = false;
  /** Whether Cloud Storage changes a byte. */
  damages = false;
  readonly #uploads = new Map<string, Upload>();
  readonly #operations = new Map<string, () => object>();
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeGoogle> {
    const self: { google?: FakeGoogle } = {};
    const fake = await startFake((request) => self.google!.handle(request));
    self.google = new FakeGoogle(fake);
    return self.google;
  }

  get env(): Record<string, string> {
    return {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE: `${this.fake.url}/compute/v1/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${this.fake.url}/storage/v1/`,
      CLOUDSDK_CORE_PROJECT: 'project-1',
      CLOUDSDK_IMAGE_BUCKET: 'bucket-1',
      CLOUDSDK_AUTH_ACCESS_TOKEN: TOKEN,
    };
  }

  /** A key file of a service account, as Google hands it out. */
  get keyFile(): string {
    const private_key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const account = { type: 'service_account', client_email: 'me@project-1', private_key };
    return JSON.stringify({ ...account, token_uri: `${this.fake.url}/token` });
  }

  /** All that costs money. */
  left(): string[] {
    return [...this.objects.keys(), ...this.images.keys(), ...this.instances.all.keys()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { method, url, headers } = request;
    if (url.pathname === '/token') return this.token(request);
    if (url.pathname.startsWith('/session/')) return this.session(request);
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return { status: 401, body: { error: { message: 'no' } } };
    if (url.pathname.startsWith('/upload/')) return this.begin(request);
    if (url.pathname.startsWith('/storage/')) return this.object(method, url);
    const path = url.pathname.slice('/compute/v1/projects/project-1'.length);
    if (path === '') return { body: { name: 'project-1' } };
    const operation = /^\/(?:global|zones\/zone-1)\/operations\/(.+)$/.exec(path);
    if (operation) return { body: this.#operations.get(operation[1]!)!() };
    if (path.startsWith('/zones/zone-1/instances')) return this.instance(request, path.split('/').slice(4));
    return this.image(method, path, url, request.body);
  }

  private token({ body }: FakeRequest): FakeAnswer {
    const assertion = new URLSearchParams(body.toString()).get('assertion') ?? '';
    const [head, claims, signature] = assertion.split('.') as [string, string, string];
    const signed = Buffer.from(`${head}.${claims}`);
    const right = verify('RSA-SHA256', signed, keys.publicKey, Buffer.from(signature, 'base64url'));
    const { iss, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    if (!right || iss !== 'me@project-1' || exp - iat > 3600)
      return { status: 400, body: { error: 'invalid_grant' } };
    return { body: { access_token: TOKEN } };
  }

  private begin({ url, headers }: FakeRequest): FakeAnswer {
    const id = `${this.#next++}`;
    const size = Number(headers['x-upload-content-length']);
    this.#uploads.set(id, { name: url.searchParams.get('name')!, size, bytes: Buffer.alloc(0) });
    return { headers: { location: `${this.fake.url}/session/${id}` } };
  }

  private session({ url, headers, body }: FakeRequest): FakeAnswer {
    const upload = this.#uploads.get(url.pathname.slice('/session/'.length));
    if (!upload) return { status: 404, body: 'no such session' };
    const range = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(String(headers['content-range']))!;
    if (range[1] !== undefined) {
      const [from, to] = [Number(range[1]), Number(range[2])];
      const last = to + 1 === upload.size;
      if (
        from !== upload.bytes.length ||
        body.length !== to + 1 - from ||
        (!last && body.length % CHUNK !== 0)
      ) {
        return { status: 400, body: 'wrong range' };
      }
      upload.bytes = Buffer.concat([upload.bytes, body]);
    }
    if (upload.bytes.length < upload.size) {
      const has = upload.bytes.length - 1;
      return { status: 308, headers: has < 0 ? {} : { range: `bytes=0-${has}` } };
    }
    if (this.damages) upload.bytes[0]! ^= 1;
    this.objects.set(upload.name, upload.bytes);
    return { body: { name: upload.name } };
  }

  private object(method: string, url: URL): FakeAnswer {
    const name = decodeURIComponent(url.pathname.split('/o/')[1]!);
    const bytes = this.objects.get(name);
    if (!bytes) return { status: 404, body: 'no object' };
    if (method === 'DELETE') this.objects.delete(name);
    return { body: { name, md5Hash: createHash('md5').update(bytes).digest('base64') } };
  }

  private image(method: string, path: string, url: URL, body: Buffer): FakeAnswer {
    const name = path.split('/')[3];
    if (method === 'POST') return this.insert(JSON.parse(body.toString()));
    if (method === 'DELETE') return this.later(() => (this.images.delete(name!), {}));
    if (name) return { body: this.images.get(name) ?? {}, status: this.images.has(name) ? 200 : 404 };
    const wanted = /^labels\.nx-linuxkit-system=(.+)$/.exec(url.searchParams.get('filter')!)![1];
    const items = [...this.images.values()].filter(({ labels }) => labels['nx-linuxkit-system'] === wanted);
    // Pages of one image behind an empty one, so that a reader has to follow them.
    const at = Number(url.searchParams.get('pageToken') ?? 0);
    return {
      body: {
        ...(at > 0 && items.length > 0 && { items: items.slice(at - 1, at) }),
        ...(at < items.length && { nextPageToken: `${at + 1}` }),
      },
    };
  }

  private instance({ method, url, body }: FakeRequest, [name, what]: string[]): FakeAnswer {
    if (method === 'POST') {
      const wanted = JSON.parse(body.toString()) as {
        name: string;
        disks: { initializeParams: { sourceImage: string } }[];
        metadata: { items: { key: string; value: string }[] };
      };
      const source = wanted.disks[0]!.initializeParams.sourceImage;
      const image = [...this.images.values()].find(({ selfLink }) => selfLink === source);
      if (this.instances.named(wanted.name).length > 0) return { status: 409, body: 'alreadyExists' };
      if (!image) return { status: 400, body: 'image' };
      const data = wanted.metadata.items.find(({ key }) => key === 'user-data')?.value ?? '';
      this.instances.make(wanted.name, image.name, data);
      return this.later(() => ({}));
    }
    const [instance] = this.instances.named(name ?? '');
    if (!instance) return { status: 404, body: 'no instance' };
    if (method === 'DELETE') return this.later(() => (this.instances.all.delete(instance.id), {}));
    if (what === 'serialPort') {
      const text = this.instances.console(instance);
      return {
        body: { contents: text.slice(Number(url.searchParams.get('start'))), next: `${text.length}` },
      };
    }
    const status = this.instances.runs(instance) ? 'RUNNING' : 'TERMINATED';
    return { body: { status, networkInterfaces: [{ networkIP: '10.0.0.2' }] } };
  }

  private insert(wanted: GoogleImage): FakeAnswer {
    const valid = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(wanted.name);
    const labels = Object.values(wanted.labels);
    if (!valid || labels.some((label) => !/^[a-z0-9_-]{0,63}$/.test(label)))
      return { status: 400, body: 'names' };
    if (this.importFails)
      return this.later(() => ({ error: { errors: [{ message: 'the tar file is broken' }] } }));
    const object = wanted.rawDisk.source.split('/bucket-1/')[1]!;
    const bytes = this.objects.get(object);
    if (!bytes) return { status: 400, body: 'no object' };
    return this.later(() => {
      const selfLink = `https://example/${wanted.name}`;
      this.images.set(wanted.name, {
        ...wanted,
        id: `${this.#next++}`,
        selfLink,
        creationTimestamp: `2026-01-0${this.#next % 10}`,
      });
      this.contents.set(wanted.name, bytes);
      return {};
    });
  }

  private later(ends: () => object): FakeAnswer {
    const name = `operation-${this.#next++}`;
    let asked = 0;
    this.#operations.set(name, () =>
      asked++ === 0 ? { name, status: 'RUNNING' } : { ...ends(), name, status: 'DONE' },
    );
    return { body: { name, status: 'PENDING' } };
  }
}

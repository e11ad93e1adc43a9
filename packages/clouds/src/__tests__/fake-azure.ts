import { createHash } from 'node:crypto';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const GROUP = '/subscriptions/sub-1/resourceGroups/group-1';
const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
export const TOKEN = 'a-token-of-azure';
const SAS = 'sv=2018&sig=a-signature';

interface Disk {
  readonly size: number;
  readonly properties: Record<string, unknown>;
  state: string;
  readonly bytes: Buffer;
  readonly written: { start: number; end: number }[];
}

export interface AzureImage {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly properties: {
    readonly hyperVGeneration: string;
    provisioningState?: string;
    readonly storageProfile: { readonly osDisk: { readonly managedDisk: { readonly id: string } } };
  };
}

/** The resource manager and the blob of a disk, as far as a push needs them. */
export class FakeAzure {
  readonly disks = new Map<string, Disk>();
  readonly images = new Map<string, AzureImage>();
  /** What was on the disk of each image when the image was made. */
  readonly contents = new Map<string, Buffer>();
  /** How the operation that makes an image ends. */
  imageBecomes: 'Succeeded' | 'Failed' = 'Succeeded';
  readonly #operations = new Map<string, () => object>();
  #next = 1;

  private constructor(readonly fake: Fake) {}

  static async start(): Promise<FakeAzure> {
    const self: { azure?: FakeAzure } = {};
    const fake = await startFake((request) => self.azure!.handle(request));
    self.azure = new FakeAzure(fake);
    return self.azure;
  }

  get env(): Record<string, string> {
    return {
      AZURE_RESOURCE_MANAGER_URL: this.fake.url,
      AZURE_SUBSCRIPTION_ID: 'sub-1',
      AZURE_RESOURCE_GROUP: 'group-1',
      AZURE_ACCESS_TOKEN: TOKEN,
    };
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { url, headers, method } = request;
    if (url.pathname.startsWith('/blob/')) return this.blob(request);
    if (url.pathname.endsWith('/oauth2/v2.0/token')) return this.grant(request);
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'InvalidToken' } };
    const operation = this.#operations.get(url.pathname);
    if (operation) return { body: operation() };
    if (url.pathname === GROUP) return { body: { name: 'group-1', location: 'germanywestcentral' } };
    if (!url.searchParams.has('api-version')) return { status: 400, body: { error: 'MissingApiVersion' } };
    const [kind, name, action] = url.pathname.slice(COMPUTE.length + 1).split('/') as [
      string,
      string?,
      string?,
    ];
    if (kind === 'images' && !name) return { body: this.listed(url) };
    if (kind === 'images') return this.image(method, name!, request.body);
    return this.disk(method, name!, action, request.body);
  }

  /** Pages of one image, so that a reader has to follow them. */
  private listed(url: URL): object {
    const at = Number(url.searchParams.get('$skiptoken') ?? 0);
    const next = new URL(url.pathname + url.search, this.fake.url);
    next.searchParams.set('$skiptoken', `${at + 1}`);
    const more = at + 1 < this.images.size;
    return { value: [...this.images.values()].slice(at, at + 1), ...(more && { nextLink: next.href }) };
  }

  private grant({ body }: FakeRequest): FakeAnswer {
    const form = new URLSearchParams(body.toString());
    const right = form.get('client_secret') === 'a-secret' && form.get('client_id') === 'app';
    return right ? { body: { access_token: TOKEN } } : { status: 401, body: { error: 'invalid_client' } };
  }

  private later(ends: () => object, headers: Record<string, string> = {}): FakeAnswer {
    const path = `/operations/${this.#next++}`;
    let asked = 0;
    this.#operations.set(path, () => (asked++ === 0 ? { status: 'InProgress' } : ends()));
    return { status: 202, headers: { 'azure-asyncoperation': `${this.fake.url}${path}?a=1`, ...headers } };
  }

  private disk(method: string, name: string, action: string | undefined, body: Buffer): FakeAnswer {
    const disk = this.disks.get(name);
    if (method === 'PUT') {
      const { properties } = JSON.parse(body.toString());
      const size = properties.creationData.uploadSizeBytes as number;
      const made = { size, properties, state: 'ReadyToUpload', bytes: Buffer.alloc(size), written: [] };
      return this.later(() => (this.disks.set(name, made), { status: 'Succeeded' }));
    }
    if (!disk) return { status: 404, body: { error: 'NotFound' } };
    if (method === 'DELETE') {
      if (disk.state === 'ActiveUpload') return { status: 409, body: { error: 'DiskInUse' } };
      return this.later(() => (this.disks.delete(name), { status: 'Succeeded' }));
    }
    if (action === 'beginGetAccess') {
      disk.state = 'ActiveUpload';
      const output = { accessSAS: `${this.fake.url}/blob/${name}?${SAS}` };
      return this.later(() => ({ status: 'Succeeded', properties: { output } }));
    }
    if (action === 'endGetAccess') {
      disk.state = 'Unattached';
      return this.later(() => ({ status: 'Succeeded' }));
    }
    return { body: { id: `${COMPUTE}/disks/${name}`, name, properties: { diskState: disk.state } } };
  }

  private image(method: string, name: string, body: Buffer): FakeAnswer {
    if (method === 'DELETE') return this.later(() => (this.images.delete(name), { status: 'Succeeded' }));
    if (method === 'GET') {
      const image = this.images.get(name);
      return image ? { body: image } : { status: 404, body: {} };
    }
    if (this.imageBecomes === 'Failed') {
      return this.later(() => ({
        status: 'Failed',
        error: { code: 'ImageBroken', message: 'no boot loader' },
      }));
    }
    const wanted = JSON.parse(body.toString()) as AzureImage;
    const disk = wanted.properties.storageProfile.osDisk.managedDisk.id.split('/').pop()!;
    const { state, bytes } = this.disks.get(disk)!;
    if (state !== 'Unattached') return { status: 409, body: { error: 'DiskInUse' } };
    const made = { ...wanted, id: `${COMPUTE}/images/${name}`, name };
    made.properties.provisioningState = 'Succeeded';
    return this.later(() => {
      this.images.set(name, made);
      this.contents.set(name, Buffer.from(bytes));
      return { status: 'Succeeded' };
    });
  }

  /** Put Page and Get Page Ranges, with the limits of the documentation. */
  private blob({ method, url, headers, body }: FakeRequest): FakeAnswer {
    const disk = this.disks.get(url.pathname.slice('/blob/'.length));
    if (url.searchParams.get('sig') !== 'a-signature') return { status: 403, body: 'AuthenticationFailed' };
    if (!disk || disk.state !== 'ActiveUpload') return { status: 403, body: 'UploadIsOver' };
    if (!headers['x-ms-version']) return { status: 400, body: 'MissingVersion' };
    if (method === 'GET') {
      const ranges = disk.written.map(
        ({ start, end }) => `<PageRange><Start>${start}</Start><End>${end}</End></PageRange>`,
      );
      return { body: `<?xml version="1.0"?><PageList>${ranges.join('')}</PageList>` };
    }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-ms-range']))!.map(Number) as number[];
    const right =
      headers['x-ms-page-write'] === 'update' &&
      from! % 512 === 0 &&
      (to! + 1) % 512 === 0 &&
      body.length === to! + 1 - from! &&
      body.length <= 4 * 2 ** 20 &&
      headers['content-md5'] === createHash('md5').update(body).digest('base64');
    if (!right) return { status: 400, body: 'InvalidPageRange' };
    body.copy(disk.bytes, from);
    disk.written.push({ start: from!, end: to! });
    return { status: 201 };
  }
}

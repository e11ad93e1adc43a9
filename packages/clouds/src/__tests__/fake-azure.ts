import { createHash } from 'node:crypto';
import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const GROUP = '/subscriptions/sub-1/resourceGroups/group-1';
const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
export const TOKEN = 'a-token-of-azure';
/** The versions that each kind has. */
const VERSIONS: Readonly<Record<string, string>> = {
  disks: '2023-10-02',
  images: '2023-09-01',
  virtualMachines: '2023-09-01',
  galleries: '2023-07-03',
};
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

/** The subnet of machines. */
export const SUBNET = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/default`;

interface MachineProperties {
  readonly hardwareProfile: { readonly vmSize: string };
  readonly storageProfile: {
    readonly imageReference: { readonly id: string };
    readonly osDisk: { readonly deleteOption: string };
  };
  readonly osProfile: { readonly adminPassword: string };
  readonly networkProfile: {
    readonly networkInterfaceConfigurations: readonly {
      readonly properties: {
        readonly deleteOption: string;
        readonly ipConfigurations: readonly {
          readonly properties: { readonly subnet: { readonly id: string } };
        }[];
      };
    }[];
  };
  readonly userData?: string;
}

/** The resource manager and the blob of a disk, as far as a push needs them. */
export class FakeAzure {
  readonly disks = new Map<string, Disk>();
  readonly images = new Map<string, AzureImage>();
  /** What was on the disk of each image when the image was made. */
  readonly contents = new Map<string, Buffer>();
  /** How the operation that makes an image ends. */
  imageBecomes: 'Succeeded' | 'Failed' = 'Succeeded';
  readonly instances = new FakeInstances();
  readonly options = {};
  /** Definitions and versions of the gallery `shared`, by their paths. */
  readonly gallery = new Map<string, { id: string; name: string } & Record<string, unknown>>();
  /** How the operation that makes a version ends. */
  versionBecomes: 'Succeeded' | 'Failed' = 'Succeeded';
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

  /** All that costs money: disks, images, machines. */
  left(): string[] {
    return [...this.disks.keys(), ...this.images.keys(), ...this.instances.all.keys(), ...this.versions()];
  }

  private handle(request: FakeRequest): FakeAnswer {
    const { url, headers, method } = request;
    if (url.pathname.startsWith('/blob/')) return this.blob(request);
    if (url.pathname.startsWith('/console/')) return this.console(url);
    if (url.pathname.endsWith('/oauth2/v2.0/token')) return this.grant(request);
    if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, body: { error: 'InvalidToken' } };
    const operation = this.#operations.get(url.pathname);
    if (operation) return { body: operation() };
    if (url.pathname === GROUP) return { body: { name: 'group-1', location: 'germanywestcentral' } };
    if (
      url.searchParams.get('api-version') !== VERSIONS[url.pathname.slice(COMPUTE.length + 1).split('/')[0]!]
    )
      return { status: 400, body: { error: { code: 'NoRegisteredProviderFound' } } };
    const [kind, name, action] = url.pathname.slice(COMPUTE.length + 1).split('/') as [
      string,
      string?,
      string?,
    ];
    if (kind === 'galleries') return this.inGallery(request);
    if (kind === 'virtualMachines') return this.machine(request, name!, action);
    if (kind === 'images' && !name) return { body: this.listed(url) };
    if (kind === 'images') return this.image(method, name!, request.body);
    return this.disk(method, name!, action, request.body);
  }

  private versions(): string[] {
    return [...this.gallery.keys()].filter((path) => path.includes('/versions/'));
  }

  private inGallery({ method, url, body }: FakeRequest): FakeAnswer {
    const path = url.pathname.slice(`${COMPUTE}/galleries/`.length);
    if (path === 'shared') return { body: { name: 'shared' } };
    if (!/^shared\/images\/[\w.-]+(\/versions(\/\d+\.\d+\.\d+)?)?$/.test(path))
      return { status: 404, body: { error: 'NotFound' } };
    if (path.endsWith('/versions')) {
      const value = [...this.gallery].filter(([at]) => at.startsWith(`${path}/`)).map(([, one]) => one);
      return { body: { value } };
    }
    const known = this.gallery.get(path);
    if (method === 'GET') return known ? { body: known } : { status: 404, body: { error: 'NotFound' } };
    if (method === 'DELETE') return this.later(() => (this.gallery.delete(path), { status: 'Succeeded' }));
    const wanted = JSON.parse(body.toString()) as {
      properties: {
        storageProfile?: { source: { id: string } };
        identifier?: object;
        provisioningState?: string;
      };
    };
    const { storageProfile, identifier } = wanted.properties;
    const isVersion = path.includes('/versions/');
    const source = this.images.has(storageProfile?.source.id.split('/').pop() ?? '');
    if (isVersion ? !source : !identifier) return { status: 400, body: { error: 'InvalidParameter' } };
    wanted.properties.provisioningState = isVersion ? this.versionBecomes : 'Succeeded';
    const made = { ...wanted, id: url.pathname, name: path.split('/').pop()! };
    return this.later(() => (this.gallery.set(path, made), { status: 'Succeeded' }));
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

  /** A machine, which Azure is still making while its guest runs. */
  private machine({ method, url, body }: FakeRequest, name: string, action?: string): FakeAnswer {
    const [machine] = this.instances.named(name);
    if (method === 'PUT') {
      if (!machine && !this.makeMachine(name, JSON.parse(body.toString())))
        return { status: 400, body: { error: { code: 'InvalidParameter' } } };
      return { ...this.later(() => ({ status: 'InProgress' })), status: 201, body: { name } };
    }
    if (!machine) return { status: 404, body: { error: 'NotFound' } };
    if (method === 'DELETE') {
      if (url.searchParams.get('forceDeletion') !== 'true') return { status: 409, body: {} };
      return this.later(() => (this.instances.all.delete(machine.id), { status: 'Succeeded' }));
    }
    if (action === 'retrieveBootDiagnosticsData')
      return { body: { serialConsoleLogBlobUri: `${this.fake.url}/console/${machine.id}?${SAS}` } };
    if (action !== 'instanceView') return { status: 404, body: {} };
    const power = this.instances.runs(machine) ? 'running' : 'stopped';
    return { body: { statuses: [{ code: 'ProvisioningState/updating' }, { code: `PowerState/${power}` }] } };
  }

  private makeMachine(name: string, wanted: { location: string; properties: MachineProperties }): boolean {
    const { storageProfile, osProfile, networkProfile, hardwareProfile, userData = '' } = wanted.properties;
    const image = this.images.get(storageProfile.imageReference.id.split('/').pop()!);
    const [card] = networkProfile.networkInterfaceConfigurations;
    const right =
      image &&
      wanted.location === image.location &&
      hardwareProfile.vmSize === 'Standard_B2s' &&
      storageProfile.osDisk.deleteOption === 'Delete' &&
      card?.properties.deleteOption === 'Delete' &&
      card.properties.ipConfigurations[0]?.properties.subnet.id === SUBNET &&
      /[a-z]/.test(osProfile.adminPassword) &&
      /[A-Z]/.test(osProfile.adminPassword) &&
      /\d/.test(osProfile.adminPassword);
    if (right) this.instances.make(name, image.id, Buffer.from(userData, 'base64').toString());
    return Boolean(right);
  }

  private console(url: URL): FakeAnswer {
    const instance = this.instances.all.get(url.pathname.slice('/console/'.length));
    if (url.searchParams.get('sig') !== 'a-signature' || !instance) return { status: 403, body: '' };
    return { body: this.instances.console(instance) };
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

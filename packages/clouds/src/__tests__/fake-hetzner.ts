import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeInstances } from './fake-instances.js';
import { startFake, type Fake, type FakeAnswer, type FakeRequest } from './fake.js';

const TOKEN = 'a-token-of-hetzner';
const ADDRESS = '203.0.113.7';
/** Bytes of a server's disk. */
const DISK = 24 * 2 ** 20;

/**
 * The program `ssh` for a server whose disk is a file in a folder. It takes the words that a push gives it and no others,
 * lets only the key in that the rescue system has, and does not answer the first time.
 */
const stand = (folder: string): string => `#!/bin/sh
refuse() { echo "$1" >&2; exit "$2"; }
[ "$#" = 7 ] && [ "$1 $2 $3 $5 $6" = '-o BatchMode=yes -F -- root@${ADDRESS}' ] || refuse "words: $*" 64
grep -qx 'IdentitiesOnly yes' "$4" && grep -qx 'StrictHostKeyChecking accept-new' "$4" || refuse config 65
[ -e '${folder}/rescue' ] || refuse 'Connection refused' 255
[ -e '${folder}/asked' ] || { touch '${folder}/asked'; refuse 'Connection refused' 255; }
key=$(sed -n 's/^IdentityFile //p' "$4")
[ "$(cut -d' ' -f1,2 "$key.pub")" = "$(cut -d' ' -f1,2 '${folder}/rescue')" ] || refuse 'Permission denied' 255
case $7 in gzip*) [ ! -e '${folder}/breaks' ] || refuse 'the line broke' 255 ;; esac
exec sh -c "$(printf '%s' "$7" | sed 's#/dev/sda#${folder}/disk#g')"
`;

interface FakeServer {
  readonly id: number;
  readonly name: string;
  readonly labels: Record<string, string>;
  /** The public key that the rescue system lets in. */
  rescue?: string;
  running: boolean;
}

interface FakeSnapshot {
  readonly id: number;
  readonly description: string;
  readonly created: string;
  status: string;
}

interface FakeKey {
  readonly id: number;
  readonly name: string;
  readonly public_key: string;
  readonly labels: Record<string, string>;
}

type Wanted = Record<string, unknown> & { name: string; labels: Record<string, string> };

/** Hetzner Cloud with one server at a time. An action takes until it is asked for twice. */
export class FakeHetzner {
  readonly servers = new Map<string, FakeServer>();
  readonly keys = new Map<string, FakeKey>();
  readonly images = new Map<string, FakeSnapshot>();
  readonly contents = new Map<string, Buffer>();
  readonly instances = new FakeInstances();
  importFails = false;
  readonly secrets = [TOKEN];
  readonly options = {};
  readonly folder = mkdtempSync(join(tmpdir(), 'fake-hetzner-'));
  readonly #actions = new Map<string, { asked: number; status: string }>();
  #next = 1;

  private constructor(readonly fake: Fake) {
    mkdirSync(join(this.folder, 'bin'));
    writeFileSync(join(this.folder, 'bin/ssh'), stand(this.folder));
    chmodSync(join(this.folder, 'bin/ssh'), 0o755);
  }

  static async start(): Promise<FakeHetzner> {
    const self: { cloud?: FakeHetzner } = {};
    const fake = await startFake((request) => self.cloud!.handle(request));
    const cloud = new FakeHetzner({
      ...fake,
      async close() {
        await fake.close();
        rmSync(cloud.folder, { recursive: true, force: true });
      },
    });
    self.cloud = cloud;
    return cloud;
  }

  get env(): Record<string, string> {
    const PATH = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    return { HCLOUD_ENDPOINT: `${this.fake.url}/v1`, HCLOUD_TOKEN: TOKEN, PATH };
  }

  /** Lets the line break while the disk is written. */
  breakLine(): void {
    writeFileSync(join(this.folder, 'breaks'), '');
  }

  left(): string[] {
    const named = (kind: string, ids: Iterable<string>) => [...ids].map((id) => `${kind} ${id}`);
    const servers = named('server', this.servers.keys());
    return [...servers, ...named('key', this.keys.keys()), ...named('snapshot', this.images.keys())];
  }

  private handle({ method, url, headers, body }: FakeRequest): FakeAnswer {
    if (headers.authorization !== `Bearer ${TOKEN}`) return error(401, 'unauthorized');
    const [, , kind, id, , act] = url.pathname.split('/');
    const given = (): Wanted => JSON.parse(body.toString());
    if (kind === 'actions') return this.action(id!);
    if (kind === 'server_types') return { body: { server_types: TYPES, meta: page(null) } };
    if (kind === 'ssh_keys')
      return this.resource(method, url, id, this.keys, kind, () => this.addKey(given()));
    if (kind === 'images') return this.image(method, url, id);
    if (kind !== 'servers') return error(404, 'not_found');
    if (id !== undefined && this.instances.all.has(id) && !url.pathname.endsWith('/actions'))
      return this.instance(method, id);
    const named = this.instances.named(url.searchParams.get('name') ?? '');
    if (method === 'GET' && named.length > 0)
      return { body: { servers: named.map((one) => ({ id: Number(one.id) })), meta: page(null) } };
    if (act !== undefined) return this.act(id!, act, given());
    if (url.pathname.endsWith('/actions')) return { body: { actions: this.listed(), meta: page(null) } };
    return this.resource(method, url, id, this.servers, kind, () => this.addServer(given()));
  }

  /** Things of one kind, in pages of one. */
  private resource<T extends { name: string; labels: Record<string, string> }>(
    method: string,
    url: URL,
    id: string | undefined,
    all: Map<string, T>,
    kind: string,
    make: () => FakeAnswer,
  ): FakeAnswer {
    if (method === 'POST') return make();
    if (id !== undefined && !all.has(id)) return error(404, 'not_found');
    if (method === 'DELETE') return all.delete(id!) ? { status: 204 } : {};
    const one = kind === 'servers' ? 'server' : 'ssh_key';
    if (id !== undefined) return { body: { [one]: this.shown(all.get(id)!) } };
    const [label, value] = (url.searchParams.get('label_selector') ?? '').split('=');
    const name = url.searchParams.get('name');
    const found = [...all.values()]
      .filter((thing) => name === null || thing.name === name)
      .filter((thing) => !label || thing.labels[label] === value);
    const at = Number(url.searchParams.get('page') ?? 1);
    return { body: { [kind]: found.slice(at - 1, at), meta: page(at < found.length ? at + 1 : null) } };
  }

  private shown(thing: object): object {
    return { ...thing, public_net: { ipv4: { ip: ADDRESS } } };
  }

  private addKey({ name, public_key, labels }: Wanted): FakeAnswer {
    const taken = [...this.keys.values()].some((key) => key.name === name);
    if (taken || !/^ssh-ed25519 \S+/.test(String(public_key))) return error(409, 'uniqueness_error');
    const id = this.#next++;
    this.keys.set(`${id}`, { id, name, public_key: String(public_key), labels });
    return { status: 201, body: { ssh_key: { id } } };
  }

  private addServer(wanted: Wanted): FakeAnswer {
    if (typeof wanted.image === 'number') return this.run(wanted, wanted.image);
    const taken = [...this.servers.values()].some((server) => server.name === wanted.name);
    const right =
      !taken &&
      wanted.server_type === 'small' &&
      wanted.location === 'fsn1' &&
      wanted.start_after_create === false &&
      typeof wanted.image === 'string';
    if (!right) return error(422, 'invalid_input');
    const id = this.#next++;
    this.servers.set(`${id}`, { id, name: wanted.name, labels: wanted.labels, running: false });
    writeFileSync(join(this.folder, 'disk'), Buffer.alloc(DISK, 'x'));
    rmSync(join(this.folder, 'asked'), { force: true });
    return { status: 201, body: { server: { id }, action: this.begin() } };
  }

  /** A server of a snapshot, whose disk is never written. */
  private run(wanted: Wanted, image: number): FakeAnswer {
    const right = this.images.has(`${image}`) && wanted.server_type === 'small' && wanted.location === 'fsn1';
    if (!right || this.instances.named(wanted.name).length > 0) return error(422, 'invalid_input');
    const { id } = this.instances.make(wanted.name, `${image}`, String(wanted.user_data));
    return { status: 201, body: { server: { id: Number(id) }, action: this.begin() } };
  }

  private instance(method: string, id: string): FakeAnswer {
    const instance = this.instances.all.get(id)!;
    if (method === 'DELETE') return this.instances.all.delete(id) ? { status: 204 } : {};
    const isMade = this.listed().every(({ status }) => status === 'success');
    const status = isMade && this.instances.runs(instance) ? 'running' : 'off';
    return { body: { server: { id: Number(id), status, public_net: { ipv4: { ip: ADDRESS } } } } };
  }

  private act(id: string, act: string, given: Record<string, unknown>): FakeAnswer {
    const server = this.servers.get(id);
    if (!server) return error(404, 'not_found');
    if ([...this.#actions.values()].some(({ status }) => status === 'running')) return error(423, 'locked');
    if (act === 'enable_rescue') {
      const [key] = given.ssh_keys as number[];
      if (given.type !== 'linux64' || server.running) return error(422, 'invalid_input');
      server.rescue = this.keys.get(`${key}`)!.public_key;
    } else if (act === 'poweron') {
      server.running = true;
      if (server.rescue) writeFileSync(join(this.folder, 'rescue'), `${server.rescue}\n`);
    } else if (act === 'poweroff') {
      server.running = false;
      rmSync(join(this.folder, 'rescue'), { force: true });
    } else if (act === 'create_image') return this.snapshot(server, given);
    else return error(404, 'not_found');
    return { status: 201, body: { action: this.begin() } };
  }

  private snapshot(server: FakeServer, given: Record<string, unknown>): FakeAnswer {
    if (server.running || given.type !== 'snapshot') return error(422, 'a server that runs has half a disk');
    const id = this.#next++;
    const created = `2026-01-01T00:00:${String(id).padStart(2, '0')}Z`;
    const image = { id, description: String(given.description), created, status: 'creating' };
    this.images.set(`${id}`, image);
    this.contents.set(`${id}`, readFileSync(join(this.folder, 'disk')));
    return { status: 201, body: { image, action: this.begin() } };
  }

  private image(method: string, url: URL, id: string | undefined): FakeAnswer {
    if (id === undefined) {
      const right =
        url.searchParams.get('type') === 'snapshot' &&
        url.searchParams.get('label_selector') === 'nx-linuxkit';
      return right
        ? { body: { images: [...this.images.values()], meta: page(null) } }
        : error(400, 'all images');
    }
    const image = this.images.get(id);
    if (!image) return error(404, 'not_found');
    if (method === 'DELETE') return this.images.delete(id) ? { status: 204 } : {};
    const now = { ...image };
    image.status = this.importFails ? 'unavailable' : 'available';
    return { body: { image: now } };
  }

  private begin(): object {
    const id = this.#next++;
    this.#actions.set(`${id}`, { asked: 0, status: 'running' });
    return { id, status: 'running' };
  }

  private listed(): { readonly id: number; readonly status: string }[] {
    return [...this.#actions].map(([id, { status }]) => ({ id: Number(id), status }));
  }

  private action(id: string): FakeAnswer {
    const action = this.#actions.get(id);
    if (!action) return error(404, 'not_found');
    if (action.asked++ > 0) action.status = 'success';
    return { body: { action: { id: Number(id), status: action.status } } };
  }
}

const price = (location: string, gross: string) => ({ location, price_hourly: { gross } });
/** One that is right, one that is dearer, one of another place, one that is no longer sold, one for arm64. */
const TYPES = [
  { name: 'dear', architecture: 'x86', disk: 40, prices: [price('fsn1', '0.02')] },
  { name: 'large', architecture: 'x86', disk: 80, prices: [price('fsn1', '0.001')] },
  { name: 'far', architecture: 'x86', disk: 20, prices: [price('ash', '0.001')] },
  { name: 'old', architecture: 'x86', disk: 20, deprecated: true, prices: [price('fsn1', '0.001')] },
  { name: 'arm', architecture: 'arm', disk: 20, prices: [price('fsn1', '0.001')] },
  { name: 'small', architecture: 'x86', disk: 40, prices: [price('fsn1', '0.01')] },
];

const page = (next_page: number | null): object => ({ pagination: { next_page } });

function error(status: number, code: string): FakeAnswer {
  return { status, body: { error: { code, message: code } } };
}

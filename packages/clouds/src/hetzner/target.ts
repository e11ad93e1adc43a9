import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import type { Remote } from '../ssh/remote.js';
import { lookAt, writeDisk } from '../ssh/write-disk.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { HetznerApi, smallestType, type ServerType } from './api.js';
import { makeRescueKey, type RescueKey } from './rescue.js';

/** The label of images, and the one of what a push needs meanwhile, whose value is a part of the file's digest. */
const IMAGE_LABEL = 'nx-linuxkit';
const PUSH_LABEL = 'nx-linuxkit-push';
/** Digits in a name, as in the images' own. */
const DIGITS = 12;
/** The disk of a server, as its rescue system calls it. */
const DEVICE = '/dev/sda';
/** The image of a server whose disk is overwritten before it has booted. */
const FIRST_IMAGE = 'debian-12';
/** Milliseconds in which a rescue system has to be there. It takes about one minute. */
const BOOT_TIME = 10 * 60_000;

interface Snapshot {
  readonly id: number;
  readonly description?: string | null;
  readonly status: string;
  readonly created?: string;
}

interface Server {
  readonly id: number;
  readonly public_net?: { readonly ipv4?: { readonly ip?: string } | null };
}

/**
 * Snapshots of Hetzner Cloud, which takes no images: a server is started in its rescue system, its disk is written by
 * SSH, and a snapshot is made of it. Then the server is removed.
 */
export const openHetzner: OpenTarget = async (session) => new HetznerTarget(session, new HetznerApi(session));

class HetznerTarget implements Target {
  constructor(
    private readonly session: Session,
    private readonly api: HetznerApi,
  ) {}

  readonly check = async (): Promise<string> => {
    await this.api.ask('GET', '/ssh_keys?per_page=1', 'check the credentials');
    return `the token's project, in ${this.session.option('location')}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> =>
    (await this.snapshots())
      .filter(({ status, description }) => status === 'available' && readMark(description)?.system === system)
      .map(imageOf)
      .sort((a, b) => (a.created < b.created ? 1 : -1));

  readonly plan = async (wanted: Wanted): Promise<string[]> => [
    `start a server of the type ${await this.serverType(wanted)} in ${this.session.option('location')}, in its rescue system`,
    `write ${wanted.file.size} bytes to its ${DEVICE}`,
    `make a snapshot of it, and remove the server`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      const begun = await this.begun(wanted);
      if (begun) undo.add('the server of an interrupted push', () => this.tidy(wanted));
      else await this.tidy(wanted);
      const snapshot = begun ?? (await this.snapshotOf(wanted, undo));
      undo.add(`the snapshot ${snapshot.id}`, () => this.deleteSnapshot(snapshot.id));
      const image = await waitFor(`the snapshot ${snapshot.id}`, this.session.pollInterval, () =>
        this.available(snapshot.id),
      );
      await this.tidy(wanted);
      return imageOf(image);
    });
  };

  readonly tidy = async (wanted: Wanted): Promise<void> => {
    const query = { label_selector: `${PUSH_LABEL}=${digitsOf(wanted)}` };
    for (const { id } of await this.api.list<Server>('/servers', 'servers', query))
      await this.deleteServer(id);
    for (const { id } of await this.api.list<{ id: number }>('/ssh_keys', 'ssh_keys', query))
      await this.deleteKey(id);
  };

  readonly remove = ({ id }: CloudImage): Promise<void> => this.deleteSnapshot(Number(id));

  private snapshots(): Promise<Snapshot[]> {
    return this.api.list('/images', 'images', { type: 'snapshot', label_selector: IMAGE_LABEL });
  }

  /** The snapshot of the same bytes that a push has begun. */
  private async begun({ system, file }: Wanted): Promise<Snapshot | undefined> {
    return (await this.snapshots()).find(({ description }) => {
      const mark = readMark(description);
      return mark?.system === system && mark.sha256 === file.sha256;
    });
  }

  /** Begins a snapshot of a server whose disk holds the file. */
  private async snapshotOf(wanted: Wanted, undo: Undo): Promise<Snapshot> {
    const key = await makeRescueKey(this.session.env);
    try {
      const server = await this.rescueServer(wanted, key, undo);
      const remote = await this.rescueSystem(server, key);
      const { size, use } = await lookAt(remote, DEVICE);
      if (use !== '' || size < wanted.file.size) {
        const why = use === '' ? `has ${size} bytes, the disk ${wanted.file.size}` : `is in use: ${use}`;
        throw new CloudError('import-failed', `${DEVICE} of the server ${why}`, {
          hint: 'Name a --with.server-type with a larger disk.',
        });
      }
      await writeDisk(remote, DEVICE, wanted.file, this.session.progress);
      await this.api.act(server.id, 'poweroff', 'stop the server');
      return await madeOnce(
        this.session.pollInterval,
        () => this.begun(wanted),
        () => this.make(wanted, server.id),
      );
    } finally {
      await key.remove();
    }
  }

  /** Makes a server that starts in its rescue system, which lets the key in. */
  private async rescueServer(wanted: Wanted, key: RescueKey, undo: Undo): Promise<Server> {
    const keyId = await this.addKey(wanted, key);
    undo.add(`the key ${keyId}`, () => this.deleteKey(keyId));
    const server = await this.makeServer(wanted, keyId);
    undo.add(`the server ${server.id}`, () => this.deleteServer(server.id));
    await this.api.settled(server.id, 'make a server');
    await this.api.act(server.id, 'enable_rescue', 'prepare the rescue system', {
      type: 'linux64',
      ssh_keys: [keyId],
    });
    await this.api.act(server.id, 'poweron', 'start the server');
    return server;
  }

  private async addKey(wanted: Wanted, key: RescueKey): Promise<number> {
    const body = { ...nameAndLabels(wanted), public_key: key.line };
    const { id } = await madeOnce(
      this.session.pollInterval,
      () => this.named<{ id: number }>('/ssh_keys', 'ssh_keys', wanted),
      async () => {
        const request = { body, once: true };
        const purpose = 'add a key';
        return (await this.api.ask<{ ssh_key: { id: number } }>('POST', '/ssh_keys', purpose, request))
          .ssh_key;
      },
    );
    return id;
  }

  /** Makes a server that is off. */
  private async makeServer(wanted: Wanted, keyId: number): Promise<Server> {
    const body = {
      ...nameAndLabels(wanted),
      server_type: await this.serverType(wanted),
      location: this.session.option('location'),
      image: FIRST_IMAGE,
      ssh_keys: [keyId],
      start_after_create: false,
    };
    return madeOnce(
      this.session.pollInterval,
      () => this.named<Server>('/servers', 'servers', wanted),
      async () => {
        const request = { body, once: true };
        return (await this.api.ask<{ server: Server }>('POST', '/servers', 'make a server', request)).server;
      },
    );
  }

  /** What a push of the same bytes has made under its name. */
  private async named<T>(path: string, list: string, wanted: Wanted): Promise<T | undefined> {
    const { name } = nameAndLabels(wanted);
    return (await this.api.list<T>(path, list, { name }))[0];
  }

  /** Waits until the rescue system lets the key in. */
  private async rescueSystem({ id }: Server, key: RescueKey): Promise<Remote> {
    const { server } = await this.api.ask<{ server: Server }>('GET', `/servers/${id}`, 'look at the server');
    const address = server.public_net?.ipv4?.ip;
    if (!address) throw new CloudError('import-failed', `the server ${id} has no IPv4 address`);
    const remote = await key.connect(address);
    return waitFor(
      `the rescue system at ${address}`,
      this.session.pollInterval,
      () =>
        remote.run('true', 'log in').then(
          () => remote,
          (error: unknown) => {
            const isBooting = error instanceof CloudError && error.code === 'unreachable';
            // The program ssh that is not there has a cause, and will not be there later.
            if (isBooting && error.cause === undefined) return undefined;
            throw error;
          },
        ),
      BOOT_TIME,
    );
  }

  private async make(wanted: Wanted, server: number): Promise<Snapshot> {
    const body = { type: 'snapshot', description: markOf(wanted), labels: { [IMAGE_LABEL]: 'image' } };
    const path = `/servers/${server}/actions/create_image`;
    const request = { body, once: true };
    const made = await this.api.ask<{ image: Snapshot }>('POST', path, 'make a snapshot', request);
    return made.image;
  }

  /** The snapshot once it can be used; undefined while Hetzner makes it. */
  private async available(id: number): Promise<Snapshot | undefined> {
    const { image } = await this.api.ask<{ image?: Snapshot }>('GET', `/images/${id}`, `look at ${id}`);
    if (image?.status === 'available') return image;
    if (image?.status === 'creating') return undefined;
    const status = image?.status ?? 'gone';
    throw new CloudError('import-failed', `the snapshot ${id} is ${status}, expected available`);
  }

  private async serverType({ architecture, file }: Wanted): Promise<string> {
    const { option } = this.session;
    if (option('server-type') !== '') return option('server-type');
    const types = await this.api.list<ServerType>('/server_types', 'server_types', {});
    return smallestType(types, { architecture, location: option('location'), size: file.size });
  }

  private async deleteSnapshot(id: number): Promise<void> {
    await this.api.send('DELETE', `/images/${id}`, `remove the snapshot ${id}`, { allow: [404] });
  }

  private async deleteServer(id: number): Promise<void> {
    await this.api.send('DELETE', `/servers/${id}`, `remove the server ${id}`, { allow: [404] });
  }

  private async deleteKey(id: number): Promise<void> {
    await this.api.send('DELETE', `/ssh_keys/${id}`, `remove the key ${id}`, { allow: [404] });
  }
}

const digitsOf = ({ file }: Wanted): string => file.sha256.slice(0, DIGITS);

/** Name and label of what a push needs meanwhile. */
function nameAndLabels(wanted: Wanted): { name: string; labels: Record<string, string> } {
  const digits = digitsOf(wanted);
  return { name: `nx-linuxkit-${digits}`, labels: { [PUSH_LABEL]: digits } };
}

/** Snapshots have no name, so the mark says it. */
function imageOf({ id, description, created = '' }: Snapshot): CloudImage {
  const { system = '', sha256 = '' } = readMark(description) ?? {};
  return { id: `${id}`, name: `${system}-${sha256.slice(0, DIGITS)}`, sha256, created, details: {} };
}

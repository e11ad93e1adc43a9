import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { identify, type Identity } from './identity.js';

const SYSTEM_PROPERTY = 'nx_linuxkit_system';
const DIGEST_PROPERTY = 'nx_linuxkit_sha256';

/** An image as Glance shows it. */
interface GlanceImage {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly created_at: string;
  readonly [DIGEST_PROPERTY]?: string;
}

/** Images of Glance: https://docs.openstack.org/api-ref/image/v2. */
export const openOpenstack: OpenTarget = async (session) =>
  new OpenstackTarget(session, await identify(session));

class OpenstackTarget implements Target {
  constructor(
    private readonly session: Session,
    private readonly identity: Identity,
  ) {}

  readonly check = async (): Promise<string> => {
    await this.ask('GET', '/v2/images?limit=1', 'check the credentials');
    return this.identity.project;
  };

  readonly list = async (system: string): Promise<CloudImage[]> => {
    const images: GlanceImage[] = [];
    const query = new URLSearchParams({
      [SYSTEM_PROPERTY]: system,
      sort_key: 'created_at',
      sort_dir: 'desc',
    });
    for (let next: string | undefined = `/v2/images?${query}`; next !== undefined;) {
      const page: { images?: GlanceImage[]; next?: string } = await this.ask('GET', next, 'list images');
      images.push(...(page.images ?? []));
      next = pathOf(page.next);
    }
    return images.filter(({ status }) => status === 'active').map(imageOf);
  };

  readonly plan = async (wanted: Wanted): Promise<string[]> => [
    `make ${wanted.name}: ${Object.entries(propertiesOf(wanted))
      .map((pair) => pair.join('='))
      .join(', ')}`,
    `send ${wanted.file.size} bytes`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    const { name, system, file } = wanted;
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      const { id } = await this.ask<GlanceImage>('POST', '/v2/images', `make ${name}`, {
        name,
        container_format: 'bare',
        visibility: this.session.option('visibility'),
        ...propertiesOf(wanted),
        [SYSTEM_PROPERTY]: system,
        [DIGEST_PROPERTY]: file.sha256,
      });
      undo.add(`the image ${id}`, () => this.delete(id));
      await this.send(id, wanted);
      const image = await waitFor(`the image ${id}`, this.session.pollInterval, () => this.activeImage(id));
      return imageOf(image);
    });
  };

  readonly remove = ({ id }: CloudImage): Promise<void> => this.delete(id);

  /** Sends the whole file: Glance cannot go on with a part of it. */
  private async send(id: string, { file }: Wanted): Promise<void> {
    const { client, progress } = this.session;
    await client.call({
      method: 'PUT',
      url: `${this.identity.endpoint}/v2/images/${id}/file`,
      headers: { ...this.identity.headers, 'content-type': 'application/octet-stream' },
      body: { size: file.size, open: () => file.parts(progress) },
      purpose: 'send the image',
    });
  }

  /** The image once it is there; undefined while Glance works on it. */
  private async activeImage(id: string): Promise<GlanceImage | undefined> {
    const image = await this.ask<GlanceImage>('GET', `/v2/images/${id}`, `look at ${id}`);
    if (image.status === 'active') return image;
    if (['saving', 'importing', 'uploading'].includes(image.status)) return undefined;
    throw new CloudError('import-failed', `the image ${id} is ${image.status}, expected active`, {
      hint: 'Ask who runs the cloud what its log of Glance says.',
    });
  }

  private async delete(id: string): Promise<void> {
    const request = {
      method: 'DELETE',
      url: `${this.identity.endpoint}/v2/images/${id}`,
      allow: [404],
    } as const;
    await this.session.client.call({ ...request, headers: this.identity.headers, purpose: `remove ${id}` });
  }

  private async ask<T extends object>(
    method: 'GET' | 'POST',
    path: string,
    purpose: string,
    body?: object,
  ): Promise<T> {
    const answer = await this.session.client.call({
      method,
      url: `${this.identity.endpoint}${path}`,
      headers: { ...this.identity.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      purpose,
    });
    return objectIn(answer, 'Glance');
  }
}

/** The path of the next page. Anything but a path could lead the token to another host, once it follows the name of ours. */
function pathOf(next: string | undefined): string | undefined {
  if (next === undefined || /^\/(?!\/)/.test(next)) return next;
  throw new CloudError('platform-error', `Glance names ${JSON.stringify(next)} as the path of its next page`);
}

/** What Nova reads of an image: https://docs.openstack.org/glance/latest/admin/useful-image-properties.html. */
function propertiesOf({ format, firmware, architecture }: Wanted): Record<string, string> {
  const uefi = firmware === 'uefi' || format === 'iso-efi';
  return {
    disk_format: format.startsWith('iso') ? 'iso' : (format.split('-')[0] ?? format),
    architecture: architecture === 'arm64' ? 'aarch64' : 'x86_64',
    hw_firmware_type: uefi ? 'uefi' : 'bios',
    ...(uefi && architecture === 'amd64' && { hw_machine_type: 'q35' }),
    os_type: 'linux',
  };
}

function imageOf(image: GlanceImage): CloudImage {
  const { id, name, created_at: created } = image;
  return { id, name, sha256: image[DIGEST_PROPERTY] ?? '', created, details: {} };
}

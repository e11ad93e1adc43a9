import { secretOf, type JsonApi } from '../client/json-api.js';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { ObjectStore } from '../s3/object-store.js';
import { digitaloceanApi, lacks } from './api.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';

/** Images of one page: the most that the API sends. */
const PAGE = 200;
/** Seconds for which DigitalOcean may fetch the object: imports wait in a queue. */
const READABLE = 24 * 60 * 60;

/** An image as the API shows it. */
interface DropletImage {
  readonly id: number;
  readonly name: string;
  readonly description?: string | null;
  /** `NEW`, `pending`, `available`, `deleted` or `retired`. */
  readonly status: string;
  readonly error_message?: string;
  readonly created_at?: string;
}

/** Custom images of DigitalOcean, which fetches them from an object of Spaces: https://docs.digitalocean.com/reference/api. */
export const openDigitalocean: OpenTarget = async (session) => {
  const api = digitaloceanApi(session);
  const accessKeyId = session.env.SPACES_ACCESS_KEY_ID ?? '';
  const secretAccessKey = secretOf(session, 'SPACES_SECRET_ACCESS_KEY');
  if (accessKeyId === '' || secretAccessKey === '')
    throw lacks('SPACES_ACCESS_KEY_ID', 'Make a key of Spaces in the control panel, and export both halves.');
  const { env, option } = session;
  const region = option('spaces-region') || option('region');
  const endpoint = env.SPACES_ENDPOINT_URL || `https://${region}.digitaloceanspaces.com`;
  const credentials = { accessKeyId, secretAccessKey };
  const store = new ObjectStore(session, { endpoint, region, name: option('bucket'), credentials });
  return new DigitaloceanTarget(session, api, store);
};

class DigitaloceanTarget implements Target {
  constructor(
    private readonly session: Session,
    private readonly api: JsonApi,
    private readonly store: ObjectStore,
  ) {}

  readonly check = async (): Promise<string> => {
    const { account } = await this.api.ask<{ account?: { email?: string } }>(
      'GET',
      '/v2/account',
      'check the credentials',
    );
    await this.store.check();
    return `${account?.email ?? ''} in ${this.session.option('region')}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> =>
    (await this.images())
      .filter((image) => image.status === 'available' && readMark(image.description)?.system === system)
      .map(imageOf)
      .sort((a, b) => (a.created < b.created ? 1 : -1));

  readonly plan = async ({ name, file }: Wanted): Promise<string[]> => [
    `send ${file.size} bytes to the object ${name} of the bucket ${this.session.option('bucket')}`,
    `make the image ${name} of it, and remove the object`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    const { name, state } = wanted;
    const key = objectOf(wanted);
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      undo.add(`the object ${key}`, async () => {
        await this.store.remove(key, state);
        await state.clear();
      });
      await this.store.put(key, wanted);
      const { id } = await madeOnce(
        this.session.pollInterval,
        () => this.begun(wanted),
        () => this.make(wanted, key),
      );
      undo.add(`the image ${id}`, () => this.delete(id));
      const image = await waitFor(`the image ${name}`, this.session.pollInterval, () => this.available(id));
      await this.store.remove(key);
      return imageOf(image);
    });
  };

  readonly tidy = async (wanted: Wanted): Promise<void> => {
    if (wanted.state.get('upload') !== undefined) await this.store.remove(objectOf(wanted), wanted.state);
  };

  readonly remove = ({ id }: CloudImage): Promise<void> => this.delete(Number(id));

  /** The image of the same bytes, which a push has begun. */
  private async begun({ system, file }: Wanted): Promise<DropletImage | undefined> {
    return (await this.images()).find(({ description }) => {
      const mark = readMark(description);
      return mark?.system === system && mark.sha256 === file.sha256;
    });
  }

  private async make(wanted: Wanted, key: string): Promise<DropletImage> {
    const body = {
      name: wanted.name,
      url: this.store.address(key, READABLE),
      distribution: 'Unknown',
      region: this.session.option('region'),
      description: markOf(wanted),
      tags: ['nx-linuxkit'],
    };
    const request = { body, once: true };
    const purpose = `make the image ${wanted.name}`;
    const { image } = await this.api.ask<{ image?: DropletImage }>('POST', '/v2/images', purpose, request);
    if (image) return image;
    throw new CloudError('platform-error', 'DigitalOcean has made an image without saying which');
  }

  /** The image once it can be used; undefined while DigitalOcean imports it. */
  private async available(id: number): Promise<DropletImage | undefined> {
    const { image } = await this.api.ask<{ image?: DropletImage }>(
      'GET',
      `/v2/images/${id}`,
      `look at the image ${id}`,
    );
    if (image?.status === 'available') return image;
    if (image && ['new', 'pending'].includes(image.status.toLowerCase()) && !image.error_message)
      return undefined;
    throw new CloudError(
      'import-failed',
      `the image ${id} is ${image?.status ?? 'gone'}, expected available: ${image?.error_message ?? 'no reason given'}`,
      { hint: 'DigitalOcean’s documentation on custom images says what it accepts.' },
    );
  }

  /** All images of the account that are its own, page after page. */
  private async images(): Promise<DropletImage[]> {
    const all: DropletImage[] = [];
    for (let page = 1; ; page++) {
      const path = `/v2/images?private=true&per_page=${PAGE}&page=${page}`;
      const answer = await this.api.ask<{ images?: DropletImage[]; links?: { pages?: { next?: string } } }>(
        'GET',
        path,
        'list images',
      );
      all.push(...(answer.images ?? []));
      if (!answer.links?.pages?.next) return all;
    }
  }

  private async delete(id: number): Promise<void> {
    await this.api.send('DELETE', `/v2/images/${id}`, `remove the image ${id}`, { allow: [404] });
  }
}

/** DigitalOcean looks at the end of the name. */
function objectOf({ name, format }: Wanted): string {
  return `${name}.${format.startsWith('raw') ? 'img' : (format.split('-')[0] ?? format)}`;
}

function imageOf({ id, name, description, created_at: created = '' }: DropletImage): CloudImage {
  return { id: `${id}`, name, sha256: readMark(description)?.sha256 ?? '', created, details: {} };
}

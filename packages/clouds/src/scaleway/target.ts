import { JsonApi } from '../client/json-api.js';
import { CloudError } from '../error.js';
import { madeOnce } from '../made-once.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { ObjectStore } from '../s3/object-store.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { scalewayKeys } from './credentials.js';

const SYSTEM_TAG = 'nx-linuxkit-system=';
const DIGEST_TAG = 'nx-linuxkit-sha256=';
/** Images of one page: the most that the API sends. */
const PAGE = 100;

/** A snapshot as the Block Storage API shows it. */
interface Snapshot {
  readonly id: string;
  readonly status: string;
  readonly tags?: readonly string[];
}

/** An image as the Instance API shows it. */
interface ScalewayImage {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly tags?: readonly string[];
  readonly creation_date?: string;
  readonly root_volume?: { readonly id: string };
}

/** Images of Scaleway: an object becomes a snapshot, and that an image, without an instance in between. */
export const openScaleway: OpenTarget = async (session) => {
  const { client, env, option } = session;
  const { accessKey, secretKey } = await scalewayKeys(env);
  client.hide(secretKey);
  const root = env.SCW_API_URL || 'https://api.scaleway.com';
  const api = new JsonApi(client, 'Scaleway', root, { 'x-auth-token': secretKey });
  const region = regionOf(option('zone'));
  const endpoint = env.SCW_S3_ENDPOINT || `https://s3.${region}.scw.cloud`;
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const store = new ObjectStore(session, { endpoint, region, name: option('bucket'), credentials });
  return new ScalewayTarget(session, api, store);
};

class ScalewayTarget implements Target {
  private readonly images: string;
  private readonly snapshots: string;
  private readonly project: string;

  constructor(
    private readonly session: Session,
    private readonly api: JsonApi,
    private readonly store: ObjectStore,
  ) {
    const zone = encodeURIComponent(session.option('zone'));
    this.images = `/instance/v1/zones/${zone}/images`;
    this.snapshots = `/block/v1/zones/${zone}/snapshots`;
    this.project = session.option('project');
  }

  readonly check = async (): Promise<string> => {
    await this.page(1, 'check the credentials');
    await this.store.check();
    return `project ${this.project} in ${this.session.option('zone')}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> =>
    (await this.imagesOf(system))
      .filter(({ state }) => state === 'available')
      .map((image) => this.imageOf(image))
      .sort((a, b) => (a.created < b.created ? 1 : -1));

  readonly plan = async ({ name, file }: Wanted): Promise<string[]> => [
    `send ${file.size} bytes to the object ${name} of the bucket ${this.session.option('bucket')}`,
    `import it as the snapshot ${name}, make the image ${name}, and remove the object`,
  ];

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    const { state } = wanted;
    const { pollInterval, log } = this.session;
    const key = `${wanted.name}.qcow2`;
    const undo = new Undo(log);
    return undo.guard(async () => {
      undo.add(`the object ${key}`, async () => {
        await this.store.remove(key, state);
        await state.clear();
      });
      const snapshot = await this.begunSnapshot(wanted);
      if (!snapshot) await this.store.put(key, wanted);
      const { id: snapshotId } = await madeOnce(
        pollInterval,
        () => this.begunSnapshot(wanted),
        () => this.import(wanted, key),
      );
      undo.add(`the snapshot ${snapshotId}`, () => this.deleteSnapshot(snapshotId));
      await waitFor(`the snapshot ${snapshotId}`, pollInterval, () => this.imported(snapshotId));
      const { id } = await madeOnce(
        pollInterval,
        () => this.begunImage(wanted),
        () => this.make(wanted, snapshotId),
      );
      undo.add(`the image ${id}`, () => this.deleteImage(id));
      const image = await waitFor(`the image ${id}`, pollInterval, () => this.available(id));
      await this.store.remove(key);
      return this.imageOf(image, snapshotId);
    });
  };

  readonly tidy = async ({ name, state }: Wanted): Promise<void> => {
    if (state.get('upload') !== undefined) await this.store.remove(`${name}.qcow2`, state);
  };

  readonly remove = async ({ id, details }: CloudImage): Promise<void> => {
    await this.deleteImage(id);
    if (details.snapshotId) await this.deleteSnapshot(details.snapshotId);
  };

  /** The snapshot of the same bytes, which a push has begun. */
  private async begunSnapshot({ name, file }: Wanted): Promise<Snapshot | undefined> {
    const query = new URLSearchParams({ project_id: this.project, name, page_size: `${PAGE}` });
    const { snapshots = [] } = await this.api.ask<{ snapshots?: Snapshot[] }>(
      'GET',
      `${this.snapshots}?${query}`,
      'list snapshots',
    );
    return snapshots.find(({ tags }) => tags?.includes(DIGEST_TAG + file.sha256));
  }

  private import(wanted: Wanted, key: string): Promise<Snapshot> {
    const { name } = wanted;
    const bucket = this.session.option('bucket');
    const body = { bucket, key, name, project_id: this.project, tags: tagsOf(wanted) };
    const path = `${this.snapshots}/import-from-object-storage`;
    return this.api.ask('POST', path, `import the snapshot ${name}`, { body, once: true });
  }

  /** The snapshot once it is complete; undefined while Scaleway imports it. */
  private async imported(id: string): Promise<Snapshot | undefined> {
    const purpose = `look at the snapshot ${id}`;
    const snapshot = await this.api.ask<Snapshot>('GET', `${this.snapshots}/${id}`, purpose);
    if (['available', 'in_use'].includes(snapshot.status)) return snapshot;
    if (snapshot.status === 'creating') return undefined;
    throw new CloudError('import-failed', `the snapshot ${id} is ${snapshot.status}, expected available`, {
      hint: 'Check that the file is a qcow2, and that its size fits the quota.',
    });
  }

  private async begunImage({ system, file }: Wanted): Promise<ScalewayImage | undefined> {
    const images = await this.imagesOf(system);
    return images.find(({ tags }) => tags?.includes(DIGEST_TAG + file.sha256));
  }

  private async make(wanted: Wanted, snapshotId: string): Promise<ScalewayImage> {
    const { name, architecture } = wanted;
    const body = {
      name,
      root_volume: snapshotId,
      arch: architecture === 'arm64' ? 'arm64' : 'x86_64',
      project: this.project,
      tags: tagsOf(wanted),
      public: false,
    };
    const request = { body, once: true };
    const { image } = await this.api.ask<{ image?: ScalewayImage }>(
      'POST',
      this.images,
      `make the image ${name}`,
      request,
    );
    if (image) return image;
    throw new CloudError('platform-error', 'Scaleway has made an image without saying which');
  }

  /** The image once it can be used; undefined while Scaleway makes it. */
  private async available(id: string): Promise<ScalewayImage | undefined> {
    const { image } = await this.api.ask<{ image?: ScalewayImage }>(
      'GET',
      `${this.images}/${id}`,
      `look at the image ${id}`,
    );
    if (image?.state === 'available') return image;
    if (image?.state === 'creating') return undefined;
    throw new CloudError('import-failed', `the image ${id} is ${image?.state ?? 'gone'}, expected available`);
  }

  /** All images of a system, page after page. */
  private async imagesOf(system: string): Promise<ScalewayImage[]> {
    const all: ScalewayImage[] = [];
    for (let page = 1; ; page++) {
      const images = await this.page(page, 'list images');
      all.push(...images.filter(({ tags }) => tags?.includes(SYSTEM_TAG + system)));
      if (images.length < PAGE) return all;
    }
  }

  private async page(page: number, purpose: string): Promise<ScalewayImage[]> {
    const query = new URLSearchParams({ project: this.project, per_page: `${PAGE}`, page: `${page}` });
    const path = `${this.images}?${query}`;
    const { images = [] } = await this.api.ask<{ images?: ScalewayImage[] }>('GET', path, purpose);
    return images;
  }

  private async deleteImage(id: string): Promise<void> {
    await this.api.send('DELETE', `${this.images}/${id}`, `remove the image ${id}`, { allow: [404] });
  }

  private async deleteSnapshot(id: string): Promise<void> {
    await this.api.send('DELETE', `${this.snapshots}/${id}`, `remove the snapshot ${id}`, { allow: [404] });
  }

  private imageOf(image: ScalewayImage, snapshotId = image.root_volume?.id ?? ''): CloudImage {
    const { id, name, tags = [], creation_date: created = '' } = image;
    const digest = tags.find((tag) => tag.startsWith(DIGEST_TAG))?.slice(DIGEST_TAG.length) ?? '';
    return { id, name, sha256: digest, created, details: { snapshotId, zone: this.session.option('zone') } };
  }
}

function tagsOf({ system, file }: Wanted): string[] {
  return [SYSTEM_TAG + system, DIGEST_TAG + file.sha256];
}

/** The region of a zone: `fr-par` of `fr-par-1`. */
function regionOf(zone: string): string {
  const region = /^([a-z]+-[a-z]+)-\d+$/.exec(zone)?.[1];
  if (region !== undefined) return region;
  throw new CloudError('bad-option', `zone: ${JSON.stringify(zone)} is no zone`, {
    hint: 'Name one such as fr-par-1.',
  });
}

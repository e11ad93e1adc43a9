import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import { markOf, readMark } from '../mark.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { computeRoot } from './endpoints.js';
import { sendResumably } from './resumable.js';
import { googleToken } from './token.js';

const SYSTEM_LABEL = 'nx-linuxkit-system';
const DIGEST_LABEL = 'nx-linuxkit-sha256';
/** Characters that a label holds: one less than a digest has. */
const LABEL = 63;
/** What an image says that a guest can do. Debian's cloud kernel has drivers for both. */
const FEATURES = ['VIRTIO_SCSI_MULTIQUEUE', 'GVNIC'];

/** An image as the API shows it. */
interface GoogleImage {
  readonly id?: string;
  readonly name?: string;
  readonly selfLink?: string;
  readonly creationTimestamp?: string;
  readonly description?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Operation {
  readonly name?: string;
  readonly status?: string;
  readonly error?: { readonly errors?: readonly { readonly message?: string }[] };
}

/** Images of Compute Engine, through an object of Cloud Storage that is removed once it is imported. */
export const openGcp: OpenTarget = async (session) => {
  const token = await googleToken(session);
  return new GcpTarget(session, { authorization: `Bearer ${token}` });
};

class GcpTarget implements Target {
  private readonly compute: string;
  private readonly storage: string;

  constructor(
    private readonly session: Session,
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    const { env } = session;
    const storage =
      env.CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE || 'https://storage.googleapis.com/storage/v1/';
    this.compute = computeRoot(session);
    this.storage = withoutSlash(storage).replace(/\/storage\/v1$/, '');
  }

  readonly check = async (): Promise<string> => {
    const project = await this.ask<{ name?: string }>('GET', '', undefined, 'look at the project');
    return `project ${project.name}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> => {
    const filter = new URLSearchParams({ filter: `labels.${SYSTEM_LABEL}=${labelOf(system)}` });
    const { items = [] } = await this.ask<{ items?: GoogleImage[] }>(
      'GET',
      `/global/images?${filter}`,
      undefined,
      'list images',
    );
    // Two systems can have one label, since it holds fewer characters than a name.
    return items
      .filter(({ description }) => readMark(description)?.system === system)
      .map(imageOf)
      .sort((a, b) => (a.created < b.created ? 1 : -1));
  };

  readonly plan = async ({ name, file }: Wanted): Promise<string[]> => [
    `send ${file.size} bytes to gs://${this.session.option('bucket')}/${objectOf(name)}`,
    `make the image ${nameOf(name)}, and remove the object`,
  ];

  readonly upload = async (wanted: Wanted): Promise<CloudImage> => {
    const bucket = this.session.option('bucket');
    const object = { bucket, name: objectOf(wanted.name) };
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      undo.add(`gs://${bucket}/${object.name}`, async () => {
        await wanted.state.clear();
        await this.removeObject(object);
      });
      await sendResumably(this.session, this.storage, this.headers, object, wanted);
      const image = await this.makeImage(wanted, object);
      await this.removeObject(object);
      return image;
    });
  };

  readonly tidy = async ({ name, state }: Wanted): Promise<void> => {
    const object = { bucket: this.session.option('bucket'), name: objectOf(name) };
    if (state.get('session') !== undefined) await this.removeObject(object);
  };

  readonly remove = async ({ name }: CloudImage): Promise<void> => {
    await this.operate('DELETE', `/global/images/${name}`, undefined, `remove ${name}`);
  };

  private async makeImage(
    wanted: Wanted,
    object: { readonly bucket: string; readonly name: string },
  ): Promise<CloudImage> {
    const { name, system, architecture, firmware, file } = wanted;
    const family = this.session.option('family');
    const features = [...FEATURES, ...(firmware === 'uefi' ? ['UEFI_COMPATIBLE'] : [])];
    const body = {
      name: nameOf(name),
      description: markOf(wanted),
      ...(family !== '' && { family }),
      labels: { [SYSTEM_LABEL]: labelOf(system), [DIGEST_LABEL]: file.sha256.slice(0, LABEL) },
      architecture: architecture === 'arm64' ? 'ARM64' : 'X86_64',
      guestOsFeatures: features.map((type) => ({ type })),
      rawDisk: { source: `https://storage.googleapis.com/${object.bucket}/${object.name}` },
    };
    await this.operate('POST', '/global/images', body, `make the image ${body.name}`);
    return imageOf(await this.ask('GET', `/global/images/${body.name}`, undefined, `look at ${body.name}`));
  }

  /** Sends what Google works on, and waits until it is done. */
  private async operate(
    method: 'POST' | 'DELETE',
    path: string,
    body: unknown,
    purpose: string,
  ): Promise<void> {
    let operation = await this.ask<Operation>(method, path, body, purpose);
    await waitFor(purpose, this.session.pollInterval, async () => {
      if (operation.status === 'DONE') return true;
      operation = await this.ask('GET', `/global/operations/${operation.name}`, undefined, purpose);
      return operation.status === 'DONE' ? true : undefined;
    });
    const said = operation.error?.errors?.map(({ message }) => message).join('; ');
    if (operation.error) throw new CloudError('import-failed', `cannot ${purpose}: ${said}`);
  }

  private async removeObject({
    bucket,
    name,
  }: {
    readonly bucket: string;
    readonly name: string;
  }): Promise<void> {
    const url = `${this.storage}/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
    const request = { method: 'DELETE', url, headers: this.headers, allow: [404] } as const;
    await this.session.client.call({ ...request, purpose: `remove the object ${name}` });
  }

  private async ask<T extends object>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    purpose: string,
  ): Promise<T> {
    const answer = await this.session.client.call({
      method,
      url: `${this.compute}${path}`,
      headers: { ...this.headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      purpose,
    });
    return objectIn(answer, 'Google');
  }
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
const objectOf = (name: string): string => `${name}.img.tar.gz`;

/** A name that Compute Engine accepts: RFC 1035, with the digest's digits at its end kept. */
function nameOf(name: string): string {
  const text = name.toLowerCase().replace(/[^a-z0-9-]/g, '-');
  const digits = text.slice(-13);
  const start = text.slice(0, -13).slice(0, LABEL - digits.length);
  return /^[a-z]/.test(start) ? start + digits : `os-${start}`.slice(0, LABEL - digits.length) + digits;
}

const labelOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .slice(0, LABEL);

function imageOf(image: GoogleImage): CloudImage {
  const digest = readMark(image.description)?.sha256 ?? '';
  const { id = '', name = '', selfLink = '', creationTimestamp: created = '' } = image;
  return { id, name, sha256: digest, created, details: { selfLink } };
}

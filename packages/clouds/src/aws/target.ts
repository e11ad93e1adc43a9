import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { CloudImage, OpenTarget, Session, Target, Wanted } from '../platform.js';
import { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import type { ObjectStore } from '../s3/object-store.js';
import { elementsAt, textAt, type Element } from '../xml/xml.js';
import { importBucket, importSnapshot, objectOf } from './import.js';
import { awsRequests, tagParameters, type AwsRequests } from './requests.js';
import { BLOCK, completeSnapshot, planSnapshot, sendBlocks, startSnapshot, type Parent } from './snapshot.js';

const SYSTEM_TAG = 'nx-linuxkit:system';
const DIGEST_TAG = 'nx-linuxkit:sha256';
/** The note of a push that sends every block. */
const NO_PARENT = 'none';
const ARCHITECTURES = { amd64: 'x86_64', arm64: 'arm64' } as const;
/** The name that Nitro instances give the root, whatever the kernel calls it. */
const ROOT_DEVICE = '/dev/xvda';

/**
 * Images of EC2, through the EBS direct APIs: no bucket, no import role, and only blocks that are not zeros. With the option bucket they
 * go by an object of S3 and an import.
 */
export const openAws: OpenTarget = async (session) => {
  const requests = await awsRequests(session);
  return new AwsTarget(session, requests, await importBucket(session));
};

class AwsTarget implements Target {
  constructor(
    private readonly session: Session,
    private readonly requests: AwsRequests,
    private readonly store: ObjectStore | undefined,
  ) {}

  readonly check = async (): Promise<string> => {
    const answer = await this.requests.query('sts', 'GetCallerIdentity', {}, 'check the credentials');
    const arn = textAt(answer, 'GetCallerIdentityResponse', 'GetCallerIdentityResult', 'Arn');
    await this.store?.check();
    return `${arn} in ${this.session.option('region')}`;
  };

  readonly list = async (system: string): Promise<CloudImage[]> => {
    const filter = {
      'Owner.1': 'self',
      'Filter.1.Name': `tag:${SYSTEM_TAG}`,
      'Filter.1.Value.1': system,
    };
    const answer = await this.requests.query('ec2', 'DescribeImages', filter, 'list images');
    return elementsAt(answer, 'DescribeImagesResponse', 'imagesSet', 'item')
      .map((item) => imageOf(item, this.session.option('region')))
      .sort((a, b) => (a.created < b.created ? 1 : -1));
  };

  readonly plan = async (wanted: Wanted): Promise<string[]> => {
    const register = `register ${wanted.name}: ${ARCHITECTURES[wanted.architecture]}, ${bootMode(wanted)}`;
    if (this.store) {
      const object = `${objectOf(wanted.name)} of the bucket ${this.session.option('bucket')}`;
      return [
        `send ${wanted.file.size} bytes to ${object}`,
        'import a snapshot of it, and remove it',
        register,
      ];
    }
    const { volumeSize, changes, parent } = await planSnapshot(wanted, await this.parent(wanted));
    const against = parent ? `, against ${parent.snapshotId}` : '';
    return [
      `start a snapshot of ${volumeSize} GiB${against}`,
      `send ${changes.length} of ${Math.ceil(wanted.file.size / BLOCK)} blocks, ${changes.length * BLOCK} bytes`,
      register,
    ];
  };

  readonly upload = (wanted: Wanted): Promise<CloudImage> => {
    this.checkOptions(wanted);
    const undo = new Undo(this.session.log);
    return undo.guard(async () => {
      const snapshot = this.store
        ? await this.import(this.store, wanted, undo)
        : await this.snapshot(wanted, undo);
      const { snapshotId } = snapshot;
      await this.whenCompleted(snapshotId);
      const id = await this.register(wanted, snapshotId);
      if ('blocks' in snapshot) await wanted.history.set('snapshot', snapshot);
      const details = { snapshotId, region: this.session.option('region') };
      const created = new Date().toISOString();
      return { id, name: wanted.name, sha256: wanted.file.sha256, created, details };
    });
  };

  readonly tidy = async ({ name, state }: Wanted): Promise<void> => {
    if (state.get('upload') !== undefined) await this.store?.remove(objectOf(name), state);
  };

  readonly remove = async ({ id, details }: CloudImage): Promise<void> => {
    await this.requests.query('ec2', 'DeregisterImage', { ImageId: id }, `remove ${id}`);
    if (details.snapshotId) await this.deleteSnapshot(details.snapshotId);
  };

  private checkOptions({ architecture, firmware }: Wanted): void {
    const { option } = this.session;
    if (option('tpm') === 'true' && firmware === 'bios') {
      throw new CloudError('bad-option', 'tpm: AWS has a TPM for UEFI alone, and this format is for BIOS', {
        hint: 'Push the format raw-efi.',
      });
    }
    if (architecture === 'arm64' && firmware === 'bios') {
      throw new CloudError('bad-file', 'arm64 boots by UEFI alone', { hint: 'Push the format raw-efi.' });
    }
  }

  private async import(
    store: ObjectStore,
    wanted: Wanted,
    undo: Undo,
  ): Promise<{ readonly snapshotId: string }> {
    const snapshotId = await importSnapshot(this.session, this.requests, store, wanted, undo);
    const tags = { 'ResourceId.1': snapshotId, ...tagParameters('', tagsOf(wanted)) };
    await this.requests.query('ec2', 'CreateTags', tags, `tag ${snapshotId}`);
    await store.remove(objectOf(wanted.name));
    return { snapshotId };
  }

  /** Makes the snapshot; goes on with the one of a killed push, unless AWS has given it up. */
  private async snapshot(wanted: Wanted, undo: Undo): Promise<Parent> {
    const { state } = wanted;
    if (!(await this.isResumable(wanted))) await state.clear();
    const parent = state.get('parent') ?? (await this.parent(wanted)) ?? NO_PARENT;
    const plan = await planSnapshot(wanted, parent === NO_PARENT ? undefined : (parent as Parent));
    const token = (state.get('token') as string | undefined) ?? randomUUID();
    await state.set('parent', plan.parent ?? NO_PARENT);
    await state.set('token', token);
    const snapshotId =
      (state.get('snapshot') as string | undefined) ??
      (await startSnapshot(this.requests, token, wanted, plan, tagsOf(wanted)));
    undo.add(`the snapshot ${snapshotId}`, async () => {
      await state.clear();
      await this.deleteSnapshot(snapshotId);
    });
    await state.set('snapshot', snapshotId);
    if (state.get('sealed') !== true) {
      const sent = new Set(state.get('sent') as number[] | undefined);
      if (sent.size > 0) this.session.log(`goes on behind ${sent.size} of ${plan.changes.length} blocks`);
      await sendBlocks(this.requests, snapshotId, wanted, plan, sent, this.session);
      await completeSnapshot(this.requests, snapshotId, plan);
      await state.set('sealed', true);
    }
    return { snapshotId, volumeSize: plan.volumeSize, blocks: plan.blocks };
  }

  /** Tells whether the snapshot that a killed push has noted is still of use; removes it if AWS has given it up. */
  private async isResumable({ state }: Wanted): Promise<boolean> {
    const snapshotId = state.get('snapshot');
    if (typeof snapshotId !== 'string') return true;
    const now = await this.stateOf(snapshotId);
    if (now === 'pending' || (now === 'completed' && state.get('sealed') === true)) return true;
    if (now !== '') await this.deleteSnapshot(snapshotId);
    return false;
  }

  /** The snapshot of the last push from here, whose blocks are known, if it is still there. */
  private async parent({ history }: Wanted): Promise<Parent | undefined> {
    const parent = history.get('snapshot') as Parent | undefined;
    return parent && (await this.stateOf(parent.snapshotId)) === 'completed' ? parent : undefined;
  }

  private async whenCompleted(snapshotId: string): Promise<void> {
    await waitFor(`the snapshot ${snapshotId}`, this.session.pollInterval, async () => {
      const state = await this.stateOf(snapshotId);
      if (state === 'pending') return undefined;
      if (state === 'completed') return true;
      throw new CloudError(
        'import-failed',
        `the snapshot ${snapshotId} is ${state || 'gone'}, expected completed`,
      );
    });
  }

  /** `pending`, `completed` or `error`; '' for a snapshot that is not there. */
  private async stateOf(snapshotId: string): Promise<string> {
    const filter = { 'Owner.1': 'self', 'Filter.1.Name': 'snapshot-id', 'Filter.1.Value.1': snapshotId };
    const answer = await this.requests.query('ec2', 'DescribeSnapshots', filter, `look at ${snapshotId}`);
    return textAt(answer, 'DescribeSnapshotsResponse', 'snapshotSet', 'item', 'status');
  }

  private async deleteSnapshot(snapshotId: string): Promise<void> {
    await this.requests.query('ec2', 'DeleteSnapshot', { SnapshotId: snapshotId }, `remove ${snapshotId}`);
  }

  /** Registers the image. ENA is what Nitro instances need for a network. */
  private async register(wanted: Wanted, snapshotId: string): Promise<string> {
    const { option } = this.session;
    const device = 'BlockDeviceMapping.1';
    const parameters = {
      Name: wanted.name,
      Architecture: ARCHITECTURES[wanted.architecture],
      RootDeviceName: ROOT_DEVICE,
      [`${device}.DeviceName`]: ROOT_DEVICE,
      [`${device}.Ebs.SnapshotId`]: snapshotId,
      [`${device}.Ebs.VolumeType`]: 'gp3',
      [`${device}.Ebs.DeleteOnTermination`]: 'true',
      VirtualizationType: 'hvm',
      EnaSupport: 'true',
      BootMode: bootMode(wanted),
      ...(option('imds') === 'v2.0' && { ImdsSupport: 'v2.0' }),
      ...(option('tpm') === 'true' && { TpmSupport: 'v2.0' }),
      'TagSpecification.1.ResourceType': 'image',
      ...tagParameters('TagSpecification.1.', tagsOf(wanted)),
    };
    const answer = await this.requests.query('ec2', 'RegisterImage', parameters, `register ${wanted.name}`);
    const id = textAt(answer, 'RegisterImageResponse', 'imageId');
    if (id) return id;
    throw new CloudError('platform-error', 'AWS has registered an image without an id');
  }
}

const bootMode = ({ firmware }: Wanted): string => (firmware === 'uefi' ? 'uefi' : 'legacy-bios');

function tagsOf({ name, system, file }: Wanted): Record<string, string> {
  return { Name: name, [SYSTEM_TAG]: system, [DIGEST_TAG]: file.sha256 };
}

function imageOf(item: Element, region: string): CloudImage {
  const tags = elementsAt(item, 'tagSet', 'item').map((tag) => [textAt(tag, 'key'), textAt(tag, 'value')]);
  const snapshotId = textAt(item, 'blockDeviceMapping', 'item', 'ebs', 'snapshotId');
  return {
    id: textAt(item, 'imageId'),
    name: textAt(item, 'name'),
    sha256: (Object.fromEntries(tags) as Record<string, string>)[DIGEST_TAG] ?? '',
    created: textAt(item, 'creationDate'),
    details: { ...(snapshotId && { snapshotId }), region },
  };
}

import { createHash } from 'node:crypto';
import { objectIn } from '../client/json.js';
import { CloudError } from '../error.js';
import { inParallel } from '../in-parallel.js';
import type { Session, Wanted } from '../platform.js';
import type { AwsRequests } from './requests.js';
import { UNSIGNED } from './sign.js';

/** Bytes of a block of the EBS direct APIs. */
export const BLOCK = 512 * 1024;
/** Requests at one time: the default quota is 1,000 a second, and a connection carries about ten. */
const PARALLEL = 16;
const GIB = 2 ** 30;
/** Blocks between two notes of what has been sent: a killed push sends 8 MiB again. */
const NOTED_EVERY = 16;
/** Minutes after which AWS gives up a snapshot that gets no block. */
const TIMEOUT_MINUTES = 60;

/** The digests of a snapshot's blocks, in base64, by their index. Blocks of zeros are not there. */
export type BlockDigests = Readonly<Record<string, string>>;

/** A finished snapshot, against which only changed blocks are sent. */
export interface Parent {
  readonly snapshotId: string;
  /** GiB. */
  readonly volumeSize: number;
  readonly blocks: BlockDigests;
}

/** A block that has to be sent: data, or zeros where the parent had data. */
interface Change {
  readonly index: number;
  readonly digest: string;
}

/** What a snapshot needs: its size, the digests of all blocks, and the blocks that differ from the parent. */
export interface SnapshotPlan {
  /** GiB. */
  readonly volumeSize: number;
  readonly blocks: BlockDigests;
  readonly changes: readonly Change[];
  readonly parent?: Parent;
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const ZEROS_DIGEST = digestOf(Buffer.alloc(BLOCK));

/** Reads the disk, and compares it with the parent, which counts only if its volume is no larger. */
export async function planSnapshot({ file }: Pick<Wanted, 'file'>, parent?: Parent): Promise<SnapshotPlan> {
  const volumeSize = Math.max(1, Math.ceil(file.size / GIB));
  const base = parent && parent.volumeSize <= volumeSize ? parent : undefined;
  const blocks: Record<string, string> = {};
  for await (const { index, bytes } of file.blocks(BLOCK)) blocks[index] = digestOf(bytes);
  const indexes = new Set([...Object.keys(blocks), ...Object.keys(base?.blocks ?? {})].map(Number));
  const changes = [...indexes]
    .sort((a, b) => a - b)
    .map((index) => ({ index, digest: blocks[index] ?? ZEROS_DIGEST }))
    .filter(({ index, digest }) => base?.blocks[index] !== digest);
  return { volumeSize, blocks, changes, ...(base && { parent: base }) };
}

/** Starts a snapshot. AWS returns the same one for the same token, so that a lost answer starts no second one. */
export async function startSnapshot(
  requests: AwsRequests,
  token: string,
  { name }: Pick<Wanted, 'name'>,
  { volumeSize, parent }: SnapshotPlan,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  const body = {
    VolumeSize: volumeSize,
    Description: name,
    ClientToken: token,
    Timeout: TIMEOUT_MINUTES,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...(parent && { ParentSnapshotId: parent.snapshotId }),
  };
  const answer = await requests.ebs('/snapshots', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    purpose: 'start the snapshot',
  });
  const { SnapshotId: snapshotId } = objectIn<{ SnapshotId?: string }>(answer, 'AWS');
  if (!snapshotId) throw new CloudError('platform-error', 'AWS has started a snapshot without an id');
  return snapshotId;
}

/** Sends the changed blocks, several at one time, but for those that `sent` has, and adds them to it. Memory: 8 MiB. */
export async function sendBlocks(
  requests: AwsRequests,
  snapshotId: string,
  { file, state }: Wanted,
  { changes }: SnapshotPlan,
  sent: Set<number>,
  { progress }: Session,
): Promise<void> {
  const open = changes.filter(({ index }) => !sent.has(index));
  await inParallel(open, PARALLEL, async ({ index, digest }) => {
    const body = await file.read(index * BLOCK, (index + 1) * BLOCK);
    if (digestOf(body) !== digest) {
      throw new CloudError('bad-file', `${file.path} was changed while it was sent`, {
        hint: 'Run the same command again.',
      });
    }
    await requests.ebs(`/snapshots/${snapshotId}/blocks/${index}`, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        'x-amz-content-sha256': UNSIGNED,
        'x-amz-data-length': `${BLOCK}`,
        'x-amz-checksum': digest,
        'x-amz-checksum-algorithm': 'SHA256',
      },
      body,
      purpose: `send block ${index}`,
    });
    sent.add(index);
    progress(sent.size * BLOCK, changes.length * BLOCK);
    if (sent.size % NOTED_EVERY === 0) await state.set('sent', [...sent]);
  });
}

/** Ends the snapshot. AWS compares the number of blocks, and the checksum over the digests of all blocks that were sent. */
export async function completeSnapshot(
  requests: AwsRequests,
  snapshotId: string,
  { changes }: SnapshotPlan,
): Promise<void> {
  const all = createHash('sha256');
  for (const { digest } of changes) all.update(Buffer.from(digest, 'base64'));
  await requests.ebs(`/snapshots/completion/${snapshotId}`, {
    method: 'POST',
    headers: {
      'x-amz-changedblockscount': `${changes.length}`,
      'x-amz-checksum': all.digest('base64'),
      'x-amz-checksum-algorithm': 'SHA256',
      'x-amz-checksum-aggregation-method': 'LINEAR',
    },
    purpose: 'complete the snapshot',
  });
}

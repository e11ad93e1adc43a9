import { randomUUID } from 'node:crypto';
import { CloudError } from '../error.js';
import type { Session, Wanted } from '../platform.js';
import { ObjectStore } from '../s3/object-store.js';
import type { Undo } from '../undo.js';
import { waitFor } from '../wait.js';
import { elementsAt, textAt } from '../xml/xml.js';
import { awsCredentials } from './credentials.js';
import { awsEndpoint, type AwsRequests } from './requests.js';

/** A task that makes a snapshot out of an object. */
interface Task {
  /** `active`, `completed`, `deleting` or `deleted`; '' for a task that EC2 does not know. */
  readonly status: string;
  readonly message: string;
  readonly snapshotId: string;
}

/** The object of an image's name. */
export const objectOf = (name: string): string => `${name}.raw`;

/** The bucket that the option names, by which an import goes. Undefined without the option. */
export async function importBucket(session: Session): Promise<ObjectStore | undefined> {
  const { option, env } = session;
  const name = option('bucket');
  if (name === '') return undefined;
  const region = option('region');
  const credentials = await awsCredentials(env);
  return new ObjectStore(session, { endpoint: awsEndpoint('s3', region, env), region, name, credentials });
}

/**
 * Makes a snapshot by way of an object in S3, which the caller removes, for accounts that may not call the EBS direct APIs. A killed push is gone on with: the
 * parts that have arrived, or the task that has begun. The role `vmimport` must be able to read the bucket:
 * https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-import-snapshot.html.
 */
export async function importSnapshot(
  session: Session,
  requests: AwsRequests,
  store: ObjectStore,
  wanted: Wanted,
  undo: Undo,
): Promise<string> {
  const { state } = wanted;
  const key = objectOf(wanted.name);
  undo.add(`the object ${key}`, async () => {
    await store.remove(key, state);
    await state.clear();
  });
  const taskId = (await begunTask(requests, wanted)) ?? (await begin(requests, session, store, wanted, key));
  undo.add(`the import ${taskId}`, () => cancel(requests, taskId));
  await state.set('task', taskId);
  return waitFor(`the import ${taskId}`, session.pollInterval, () => imported(requests, taskId));
}

/** The task that a killed push has noted. One that has failed is forgotten with its token, for which AWS would name it again. */
async function begunTask(requests: AwsRequests, { state }: Wanted): Promise<string | undefined> {
  const noted = state.get('task');
  if (typeof noted !== 'string') return undefined;
  const { status } = await taskOf(requests, noted);
  if (status === 'active' || status === 'completed') return noted;
  await state.set('importToken', undefined);
  await state.set('task', undefined);
  return undefined;
}

async function begin(
  requests: AwsRequests,
  { option }: Session,
  store: ObjectStore,
  { name, file, state }: Wanted,
  key: string,
): Promise<string> {
  await store.put(key, { file, state });
  // AWS begins one import of one token, whatever becomes of the answer.
  const token = (state.get('importToken') as string | undefined) ?? randomUUID();
  await state.set('importToken', token);
  const parameters = {
    ClientToken: token,
    Description: name,
    'DiskContainer.Description': name,
    'DiskContainer.Format': 'RAW',
    'DiskContainer.UserBucket.S3Bucket': option('bucket'),
    'DiskContainer.UserBucket.S3Key': key,
    ...(option('import-role') !== '' && { RoleName: option('import-role') }),
  };
  const answer = await requests.query('ec2', 'ImportSnapshot', parameters, `import ${key}`);
  const taskId = textAt(answer, 'ImportSnapshotResponse', 'importTaskId');
  if (taskId) return taskId;
  throw new CloudError('platform-error', 'AWS has begun an import without an id');
}

/** The snapshot once it is complete; undefined while AWS imports it. */
async function imported(requests: AwsRequests, taskId: string): Promise<string | undefined> {
  const { status, message, snapshotId } = await taskOf(requests, taskId);
  if (status === 'completed' && snapshotId) return snapshotId;
  if (status === 'active' || status === 'completed') return undefined;
  throw new CloudError(
    'import-failed',
    `the import ${taskId} is ${status || 'gone'}: ${message || 'no reason given'}`,
    {
      hint: 'Check that the role vmimport exists and may read the bucket, or leave the option bucket out.',
    },
  );
}

async function taskOf(requests: AwsRequests, taskId: string): Promise<Task> {
  const parameters = { 'ImportTaskId.1': taskId };
  const answer = await requests.query('ec2', 'DescribeImportSnapshotTasks', parameters, `look at ${taskId}`);
  const [item] = elementsAt(
    answer,
    'DescribeImportSnapshotTasksResponse',
    'importSnapshotTaskSet',
    'item',
    'snapshotTaskDetail',
  );
  if (!item) return { status: '', message: '', snapshotId: '' };
  return {
    status: textAt(item, 'status'),
    message: textAt(item, 'statusMessage'),
    snapshotId: textAt(item, 'snapshotId'),
  };
}

/** Ends an import, and removes the snapshot of one that is over. */
async function cancel(requests: AwsRequests, taskId: string): Promise<void> {
  const { status, snapshotId } = await taskOf(requests, taskId);
  if (status === 'active')
    await requests.query('ec2', 'CancelImportTask', { ImportTaskId: taskId }, `end the import ${taskId}`);
  if (snapshotId)
    await requests.query('ec2', 'DeleteSnapshot', { SnapshotId: snapshotId }, `remove ${snapshotId}`);
}

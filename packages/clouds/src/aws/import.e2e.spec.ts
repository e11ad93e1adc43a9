import { limits, MIB, noise, Pushes } from '../__tests__/a-push.js';
import { FakeAws, KEYS } from '../__tests__/fake-aws.js';
import type { FakeFault } from '../__tests__/fake.js';

/** An import by way of S3, in place of the EBS direct APIs. */
let aws: FakeAws;
let pushes: Pushes;
beforeEach(async () => {
  aws = await FakeAws.start();
  pushes = new Pushes({
    platform: 'aws',
    format: 'raw-efi',
    env: aws.env,
    options: { bucket: 'my-bucket' },
  });
});
afterEach(async () => {
  await aws.fake.close();
  pushes.remove();
});

/** Three parts of 8 MiB, the last one shorter. */
const A = noise(20 * MIB + 5, 'a');
const SMALL = noise(1000, 's');
const images = () => [...aws.images.values()];

it('a push sends the file to the bucket, imports it as a snapshot, registers that, and removes the object', async () => {
  const result = await pushes.push(A);
  expect(aws.disk(images()[0]!.snapshot!, A.length).equals(A)).toBe(true);
  expect(aws.bucket.left()).toEqual([]);
  expect(result).toMatchObject({ existed: false, image: { snapshotId: images()[0]!.snapshot } });
  const before = aws.fake.seen.length;
  expect(await pushes.push(A)).toMatchObject({ existed: true });
  expect(aws.fake.seen.slice(before).filter((line) => line.startsWith('PUT'))).toEqual([]);
});

it('a dry run says which calls it would make, and sends nothing', async () => {
  await pushes.push(A, { dryRun: true });
  expect(pushes.lines.join('\n')).toContain(`send ${A.length} bytes to my-os-`);
  expect(pushes.lines.join('\n')).toContain('ec2:ImportSnapshot');
  expect(aws.left()).toEqual([]);
});

it.each<[string, FakeFault, string]>([
  ['401', { on: /./, how: 401 }, 'unauthorized'],
  ['403 for the bucket', { on: /^GET \/my-bucket/, how: 403 }, 'forbidden'],
  ['403 for the disk', { on: /^PUT/, how: 403 }, 'forbidden'],
  ['429 for the disk', { on: /^PUT/, how: 429 }, 'rate-limited'],
  ['500 for the disk', { on: /^PUT/, how: 500 }, 'platform-error'],
  ['a disk that is cut', { on: /^PUT/, how: 'cut' }, 'unreachable'],
  ['a disk that hangs', { on: /^PUT/, how: 'hang' }, 'unreachable'],
  ['403 for the import', { on: /ImportSnapshot&/, how: 403 }, 'forbidden'],
  [
    '403 while it is imported',
    { on: /DescribeImportSnapshotTasks/, how: 403, after: 1, times: 1 },
    'forbidden',
  ],
  ['500 for the tags', { on: /CreateTags/, how: 500 }, 'platform-error'],
  ['403 for the image', { on: /RegisterImage/, how: 403 }, 'forbidden'],
])('%s: a clear error, and nothing is left behind', async (_, fault, code) => {
  aws.fake.fail(fault);
  await expect(pushes.push(SMALL, { client: limits(fault) })).rejects.toMatchObject({ code });
  expect(aws.left()).toEqual([]);
  expect(pushes.notes()).toEqual([]);
  expect(pushes.lines.join('\n')).not.toContain(KEYS.secret);
});

it('an import that fails later says why, and nothing is left behind', async () => {
  aws.becomes = 'error';
  await expect(pushes.push(SMALL)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('the service role vmimport may not read it'),
    hint: expect.stringContaining('vmimport'),
  });
  expect(aws.left()).toEqual([]);
});

it.each<[string, FakeFault]>([
  ['503 for a part', { on: /^PUT/, how: 503, times: 2 }],
  ['a part that is cut', { on: /^PUT/, how: 'cut', times: 1 }],
  ['a lost answer to the import', { on: /ImportSnapshot&/, how: 'lost answer', times: 1 }],
])('%s: one snapshot, with the right bytes', async (_, fault) => {
  aws.fake.fail(fault);
  await pushes.push(A);
  expect([aws.snapshots.size, aws.images.size, aws.bucket.left()]).toEqual([1, 1, []]);
  expect(aws.disk(images()[0]!.snapshot!, A.length).equals(A)).toBe(true);
});

import { disk, limits, MIB, Pushes } from '../__tests__/a-push.js';
import { FakeAws, KEYS } from '../__tests__/fake-aws.js';
import type { FakeFault } from '../__tests__/fake.js';
import { push, unpush } from '../push.js';

let aws: FakeAws;
let pushes: Pushes;
beforeEach(async () => {
  aws = await FakeAws.start();
  pushes = new Pushes({ platform: 'aws', format: 'raw-efi', env: aws.env });
});
afterEach(async () => {
  await aws.fake.close();
  pushes.remove();
});

const puts = () => aws.fake.seen.filter((line) => line.startsWith('PUT')).length;
const A = disk('a');
/** Blocks of 512 KiB in `disk` that are not zeros: six at the start, one in the middle, one at the end. */
const DATA = 8;

describe('a push', () => {
  it('sends the blocks that are not zeros, and registers an image whose disk is the file', async () => {
    const result = await pushes.push(A);
    expect(puts()).toBe(DATA);
    const [[id, image]] = [...aws.images] as [string, Record<string, string>][];
    expect(aws.disk(image!.snapshot!, A.length).equals(A)).toBe(true);
    expect(image).toMatchObject({
      Architecture: 'x86_64',
      BootMode: 'uefi',
      EnaSupport: 'true',
      ImdsSupport: 'v2.0',
      RootDeviceName: '/dev/xvda',
    });
    expect(image!.TpmSupport).toBeUndefined();
    expect(result).toMatchObject({
      platform: 'aws',
      existed: false,
      image: { id, name: expect.stringMatching(/^my-os-[0-9a-f]{12}$/), region: 'eu-central-1' },
    });
  });

  it('sends nothing a second time, from whatever folder, and prints the id', async () => {
    const first = await pushes.push(A);
    const other = new Pushes({ platform: 'aws', format: 'raw-efi', env: aws.env });
    const second = await other.push(A);
    expect(puts()).toBe(DATA);
    expect(second).toEqual({ ...first, existed: true });
    expect(other.lines.join('\n')).toContain(`is there already: ${first!.image.id}`);
    other.remove();
  });

  it('sends only what has changed since the last push, also blocks that are zeros now', async () => {
    await pushes.push(A);
    const changed = Buffer.from(A);
    changed.fill(1, 10 * MIB, 10 * MIB + 5);
    changed.fill(0, 6 * MIB, 7 * MIB);
    const before = puts();
    await pushes.push(changed);
    expect(puts() - before).toBe(2);
    const [, newest] = [...aws.images.values()];
    expect(aws.disk(newest!.snapshot!, A.length).equals(changed)).toBe(true);
  });

  it('says what it would do, and does nothing, as a dry run', async () => {
    expect(await pushes.push(A, { dryRun: true })).toBeUndefined();
    expect([aws.snapshots.size, aws.images.size, puts()]).toEqual([0, 0, 0]);
    const text = pushes.lines.join('\n');
    expect(text).toContain(`send ${DATA} of 24 blocks, ${DATA * 512 * 1024} bytes`);
    expect(text).toContain('ebs:PutSnapshotBlock');
  });

  it('keeps the newest images, and the new one counts', async () => {
    const names = [];
    for (const seed of ['a', 'b', 'c']) names.push((await pushes.push(disk(seed)))!.image.name);
    const last = await pushes.push(disk('d'), { keepLast: 2 });
    expect([...last!.removed].sort()).toEqual(names.slice(0, 2).sort());
    expect([...aws.images.values()].map(({ Name }) => Name)).toEqual([names[2], last!.image.name]);
    expect(aws.snapshots.size).toBe(2);
  });

  it('of a BIOS format for an architecture or a TPM that needs UEFI is refused before a byte goes', async () => {
    const bios = { format: 'raw-bios' };
    await expect(pushes.push(A, { ...bios, architecture: 'arm64' })).rejects.toMatchObject({
      code: 'bad-file',
    });
    await expect(pushes.push(A, { ...bios, options: { tpm: 'true' } })).rejects.toMatchObject({
      code: 'bad-option',
    });
    expect(aws.snapshots.size).toBe(0);
  });
});

it('unpush removes all images of a system with their snapshots, and none of another system', async () => {
  await pushes.push(A);
  await pushes.push(disk('other'), { system: 'other' });
  const common = { platform: 'aws', env: aws.env, log: () => undefined };
  expect(await unpush({ ...common, system: 'my-os' })).toHaveLength(1);
  expect([...aws.images.values()].map(({ Name }) => Name)).toEqual([expect.stringMatching(/^other-/)]);
  expect(aws.snapshots.size).toBe(1);
});

describe('faults that pass', () => {
  const passing: [string, FakeFault][] = [
    ['429 for some blocks', { on: /^PUT/, how: 429, times: 5 }],
    ['500 when the snapshot is started', { on: /^POST \/snapshots \{/, how: 500, times: 2 }],
    ['503 when the image is registered', { on: /RegisterImage/, how: 503, times: 1 }],
    ['a block that hangs', { on: /^PUT .*blocks\/3/, how: 'hang', times: 1 }],
    ['a block that is cut', { on: /^PUT .*blocks\/2/, how: 'cut', times: 1 }],
    [
      'an answer that is lost after the snapshot was started',
      { on: /^POST \/snapshots \{/, how: 'lost answer', times: 1 },
    ],
  ];
  it.each(passing)('%s: one image and one snapshot, with the right bytes', async (_, fault) => {
    aws.fake.fail(fault);
    await pushes.push(A, { client: limits(fault, [1, 2, 3]) });
    expect([aws.snapshots.size, aws.images.size]).toEqual([1, 1]);
    expect(aws.disk([...aws.images.values()][0]!.snapshot!, A.length).equals(A)).toBe(true);
    expect(pushes.lines.join('\n')).not.toContain(KEYS.secret);
  });
});

describe('faults that stay', () => {
  const lasting: [string, FakeFault, object][] = [
    ['401 for the credentials', { on: /GetCallerIdentity/, how: 401 }, { code: 'unauthorized' }],
    ['403 for a block', { on: /^PUT/, how: 403, after: 3 }, { code: 'forbidden' }],
    ['403 when the image is registered', { on: /RegisterImage/, how: 403 }, { code: 'forbidden' }],
    ['429 without end', { on: /^PUT/, how: 429, after: 4 }, { code: 'rate-limited' }],
    ['500 without end', { on: /completion/, how: 500 }, { code: 'platform-error' }],
    ['blocks that hang', { on: /^PUT/, how: 'hang', after: 4 }, { code: 'unreachable' }],
    ['blocks that are cut', { on: /^PUT/, how: 'cut', after: 4 }, { code: 'unreachable' }],
  ];
  it.each(lasting)('%s: a clear error, and nothing is left behind', async (_, fault, error) => {
    aws.fake.fail(fault);
    const failed = pushes.push(A, { client: limits(fault) });
    await expect(failed).rejects.toMatchObject({ ...error, message: expect.stringMatching(/^cannot /) });
    expect([aws.snapshots.size, aws.images.size]).toEqual([0, 0]);
    expect(pushes.notes()).toEqual([]);
    expect(pushes.lines.join('\n')).not.toContain(KEYS.secret);
  });

  it('an import that fails after the upload is reported, and nothing is left behind', async () => {
    aws.becomes = 'error';
    await expect(pushes.push(A)).rejects.toMatchObject({
      code: 'import-failed',
      message: expect.stringContaining('error'),
    });
    expect([aws.snapshots.size, aws.images.size]).toEqual([0, 0]);
  });

  it('a secret that AWS echoes does not reach the error', async () => {
    const wrong = { ...aws.env, AWS_ACCESS_KEY_ID: 'SOMEONE' };
    await expect(pushes.push(A, { env: wrong })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('InvalidClientTokenId'),
    });
  });

  it('what cannot be removed is named', async () => {
    aws.fake.fail({ on: /RegisterImage/, how: 403 }, { on: /DeleteSnapshot/, how: 403 });
    await expect(pushes.push(A)).rejects.toMatchObject({ code: 'forbidden' });
    expect(pushes.lines.join('\n')).toMatch(/warning: the snapshot snap-1 is left behind, remove it by hand/);
  });
});

it('a push goes on where a killed one stopped, with the same snapshot', async () => {
  const big = Buffer.concat([disk('big'), disk('bigger'), Buffer.from(disk('largest').subarray(0, 3 * MIB))]);
  const data = 2 * DATA + 6;
  aws.fake.fail({ on: /^PUT/, how: 'hang', after: 18 });
  const file = pushes.file(big);
  // Never ends, as a killed process never does: its requests wait for answers that do not come.
  const killed = push(pushes.request(file, { client: { idleTimeout: 60_000 } }));
  const ended = killed.catch(() => undefined);
  while (puts() < data) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = puts();
  aws.fake.heal();
  const again = await push(pushes.request(file));
  expect(again).toMatchObject({ existed: false });
  expect(puts() - before).toBeLessThan(data);
  expect([aws.snapshots.size, aws.images.size]).toEqual([1, 1]);
  expect(aws.disk([...aws.images.values()][0]!.snapshot!, big.length).equals(big)).toBe(true);
  expect(pushes.lines.join('\n')).toMatch(/goes on behind 16 of \d+ blocks/);
  await aws.fake.close();
  await ended;
});

describe('credentials', () => {
  it('are looked for before anything is sent, and the error says how to export them', async () => {
    const env = { ...aws.env, AWS_ACCESS_KEY_ID: '', HOME: pushes.folder };
    await expect(pushes.push(A, { env })).rejects.toMatchObject({
      code: 'no-credentials',
      hint: expect.stringContaining('aws configure export-credentials'),
    });
    expect(aws.fake.seen).toEqual([]);
  });
});

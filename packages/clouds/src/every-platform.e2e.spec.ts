import { sampleOf } from '@nx-linuxkit/testing';
import { limits, MIB, noise, Pushes } from './__tests__/a-push.js';
import { FakeDigitalocean } from './__tests__/fake-digitalocean.js';
import { FakeHetzner } from './__tests__/fake-hetzner.js';
import { FakeProxmox } from './__tests__/fake-proxmox.js';
import { FakeScaleway } from './__tests__/fake-scaleway.js';
import { FakeVcenter } from './__tests__/fake-vcenter.js';
import type { Fake, FakeFault } from './__tests__/fake.js';
import { platforms } from './platforms.js';
import { push, unpush } from './push.js';

/** A platform that stands in, and what is in it. */
interface Cloud {
  readonly fake: Fake;
  readonly env: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly images: ReadonlyMap<string, unknown>;
  readonly contents: ReadonlyMap<string, Buffer>;
  importFails: boolean;
  /** All that costs money or space: images, and what was made on the way to them. */
  left(): string[];
}

interface Case {
  readonly platform: string;
  readonly format: string;
  readonly start: () => Promise<Cloud>;
  /** The request that carries the disk. */
  readonly bytes: RegExp;
  /** Requests that make something, in their order, which must not be made twice. */
  readonly makes: readonly RegExp[];
}

const CASES: readonly Case[] = [
  {
    platform: 'digitalocean',
    format: 'qcow2-bios',
    start: () => FakeDigitalocean.start(),
    bytes: /^PUT \/spaces/,
    makes: [/^POST \/spaces.*uploadId/, /^POST \/v2\/images/],
  },
  {
    platform: 'hetzner',
    format: 'raw-bios',
    start: () => FakeHetzner.start(),
    bytes: /^POST \/v1\/servers\/\d+\/actions\/poweroff/,
    makes: [/^POST \/v1\/ssh_keys/, /^POST \/v1\/servers /, /^POST .*create_image/],
  },
  {
    platform: 'scaleway',
    format: 'qcow2-efi',
    start: () => FakeScaleway.start(),
    bytes: /^PUT \/s3/,
    makes: [/^POST \/s3.*uploadId/, /^POST .*import-from-object-storage/, /^POST .*\/images/],
  },
  {
    platform: 'proxmox',
    format: 'qcow2-efi',
    start: () => FakeProxmox.start(),
    bytes: /^POST .*\/upload/,
    makes: [/^POST .*\/upload/, /^POST .*\/qemu /, /^POST .*\/template/],
  },
  {
    platform: 'vcenter',
    format: 'ova',
    start: () => FakeVcenter.start(),
    bytes: /^PUT \/cls/,
    makes: [/^POST \/api\/content\/library\/item\?/, /^POST .*action=complete/],
  },
];

/** These have specs of their own, beside their code. */
const ALONE = ['aws', 'azure', 'gcp', 'openstack', 'ssh'];

it('every platform is tried against a server that stands in', () => {
  const tried = [...ALONE, ...CASES.map(({ platform }) => platform)];
  expect(tried.sort()).toEqual(platforms.map(({ name }) => name).sort());
});

/** Three parts of 8 MiB, the last one shorter. */
const A = noise(20 * MIB + 5, 'a');
/** One part, for faults that are not about the disk. */
const SMALL = noise(1000, 's');

/** Faults that last, and the code of the error. */
const lastingFaults = ({ bytes, makes }: Case): [string, FakeFault, string][] => [
  ['401', { on: /./, how: 401 }, 'unauthorized'],
  ['403 for the disk', { on: bytes, how: 403 }, 'forbidden'],
  ['429 for the disk', { on: bytes, how: 429 }, 'rate-limited'],
  ['500 for the disk', { on: bytes, how: 500 }, 'platform-error'],
  ['a disk that hangs', { on: bytes, how: 'hang' }, 'unreachable'],
  ['a disk that is cut', { on: bytes, how: 'cut' }, 'unreachable'],
  ...makes.map((on): [string, FakeFault, string] => [`500 for ${on}`, { on, how: 500 }, 'platform-error']),
  ...makes.map((on): [string, FakeFault, string] => [`403 for ${on}`, { on, how: 403 }, 'forbidden']),
];

/** Faults that pass. */
const passingFaults = ({ bytes, makes }: Case): [string, FakeFault][] => [
  ['503 for the disk', { on: bytes, how: 503, times: 2 }],
  ['a disk that hangs', { on: bytes, how: 'hang', times: 1 }],
  ['a disk that is cut', { on: bytes, how: 'cut', times: 1 }],
  ...makes.map((on): [string, FakeFault] => [`a lost answer to ${on}`, { on, how: 'lost answer', times: 1 }]),
  ...makes.map((on): [string, FakeFault] => [`500 for ${on}`, { on, how: 500, times: 1 }]),
];

/** The platform whose requests hang in `npm test` too: each of them is given up after seconds. */
const HANGS = 'digitalocean';
const sampled = <T extends readonly [string, FakeFault, ...unknown[]]>(platform: string, faults: T[]): T[] =>
  sampleOf(faults, ([, { how }]) => how !== 'hang' || platform === HANGS);

it('every platform is tried with every fault', () => {
  const kinds = (faults: readonly (readonly [string, FakeFault, ...unknown[]])[]) => [
    ...new Set(faults.map(([, { how }]) => how)),
  ];
  for (const one of CASES) {
    expect(kinds(lastingFaults(one))).toEqual([401, 403, 429, 500, 'hang', 'cut']);
    expect(kinds(passingFaults(one))).toEqual([503, 'hang', 'cut', 'lost answer', 500]);
  }
  expect(CASES.map(({ platform }) => platform)).toContain(HANGS);
});

describe.each(CASES)('$platform', (test) => {
  const { platform, format, start, bytes, makes } = test;
  let cloud: Cloud;
  let pushes: Pushes;
  beforeEach(async () => {
    cloud = await start();
    pushes = new Pushes({ platform, format, env: cloud.env, options: cloud.options });
  });
  afterEach(async () => {
    await cloud.fake.close();
    pushes.remove();
  });

  const sent = () => cloud.fake.seen.filter((line) => bytes.test(`${line} `)).length;
  const fileFor = ({ on }: FakeFault) => (on === bytes ? A : SMALL);
  const said = () => pushes.lines.join('\n');

  /** Asserts that one image is there, with the bytes of a file, and nothing else. */
  const expectOnly = (id: string, file: Buffer) => {
    expect([...cloud.images.keys()]).toEqual([id]);
    expect(cloud.contents.get(id)!.subarray(0, file.length).equals(file)).toBe(true);
  };

  it('makes an image of the file, and leaves nothing beside it', async () => {
    const result = await pushes.push(A, { system: 'My OS.x86' });
    expectOnly(result!.image.id, A);
    expect(result).toMatchObject({ platform, format, existed: false, removed: [] });
    const before = cloud.left().length;
    await unpush({ ...pushes.request(''), system: 'My-OS-x86' });
    expect(cloud.left()).toHaveLength(before);
    await unpush({ ...pushes.request(''), system: 'My OS.x86' });
    expect(cloud.left()).toEqual([]);
    for (const secret of cloud.secrets) expect(said()).not.toContain(secret);
  });

  it('a dry run asks and changes nothing', async () => {
    await pushes.push(A, { dryRun: true });
    expect(said()).toContain(`dry run: `);
    expect(said()).toMatch(/would .*20971525 bytes/);
    const changes = cloud.fake.seen.filter((line) => !/^GET |\/api\/session|action=find/.test(line));
    expect(changes).toEqual([]);
    expect(cloud.left()).toEqual([]);
  });

  it('sends nothing a second time; keeps the newest; unpush leaves nothing', async () => {
    const first = await pushes.push(A);
    const once = sent();
    expect(once).toBeGreaterThan(0);
    expect(await pushes.push(A)).toEqual({ ...first, existed: true });
    expect(sent()).toBe(once);
    const other = await pushes.push(noise(1000, 'b'), { keepLast: 1 });
    expect(other!.removed).toEqual([first!.image.name]);
    expect([...cloud.images.keys()]).toEqual([other!.image.id]);
    await unpush(pushes.request(''));
    expect(cloud.left()).toEqual([]);
  });

  it.each(sampled(platform, lastingFaults(test)))(
    '%s: a clear error, and nothing is left behind',
    async (_, fault, code) => {
      cloud.fake.fail(fault);
      const failed = pushes.push(fileFor(fault), { client: limits(fault) });
      const error = await failed.catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(/^cannot /) });
      cloud.fake.heal();
      expect(cloud.left()).toEqual([]);
      expect(pushes.notes()).toEqual([]);
      for (const secret of cloud.secrets) expect(`${String(error)}${said()}`).not.toContain(secret);
    },
  );

  it.each(sampled(platform, passingFaults(test)))('%s passes, and makes one image', async (_, fault) => {
    cloud.fake.fail(fault);
    const file = fileFor(fault);
    const result = await pushes.push(file, { client: limits(fault, [1, 2, 3]) });
    expectOnly(result!.image.id, file);
    await unpush(pushes.request(''));
    expect(cloud.left()).toEqual([]);
  });

  it('an import that fails later is reported in the platform’s words, and nothing is left behind', async () => {
    cloud.importFails = true;
    await expect(pushes.push(SMALL)).rejects.toMatchObject({ code: 'import-failed' });
    expect(cloud.left()).toEqual([]);
    expect(pushes.notes()).toEqual([]);
  });

  it.each(makes)('a push that is killed at %s is gone on with, or leaves nothing', async (on) => {
    const file = pushes.file(SMALL);
    cloud.fake.fail({ on, how: 'hang' });
    const ended = push(pushes.request(file, { client: { idleTimeout: 60_000, delays: [] } })).catch(
      () => undefined,
    );
    while (!cloud.fake.seen.some((line) => on.test(`${line} `)))
      await new Promise((done) => setTimeout(done, 5));
    cloud.fake.heal();
    const result = await push(pushes.request(file));
    expectOnly(result!.image.id, SMALL);
    await unpush(pushes.request(''));
    expect(cloud.left().filter((one) => !one.startsWith('session'))).toEqual([]);
    await cloud.fake.close();
    await ended;
  });

  it('the page of a proxy in the place of an answer is one error', async () => {
    cloud.fake.fail({ on: /./, how: { body: '<html>Please log in</html>' } });
    await expect(pushes.push(SMALL)).rejects.toMatchObject({ code: 'platform-error' });
  });

  it('credentials that are missing are named before any request', async () => {
    const env = Object.fromEntries(
      Object.entries(cloud.env).filter(([name]) => !/KEY|TOKEN|PASSWORD/.test(name)),
    );
    const missing = pushes.push(SMALL, { env: { ...env, HOME: pushes.folder } });
    await expect(missing).rejects.toMatchObject({ code: 'no-credentials', hint: expect.any(String) });
    expect(cloud.fake.seen).toEqual([]);
  });
});

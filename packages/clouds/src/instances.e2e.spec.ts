import { once } from 'node:events';
import { sampleOf } from '@nx-linuxkit/testing';
import { limits, MIB, noise, Pushes } from './__tests__/a-push.js';
import { FakeAws } from './__tests__/fake-aws.js';
import { FakeAzure, SUBNET } from './__tests__/fake-azure.js';
import { FakeDigitalocean } from './__tests__/fake-digitalocean.js';
import { FakeGoogle } from './__tests__/fake-google.js';
import { FakeHetzner } from './__tests__/fake-hetzner.js';
import type { FakeInstances } from './__tests__/fake-instances.js';
import { FakeOpenstack } from './__tests__/fake-openstack.js';
import { FakeProxmox } from './__tests__/fake-proxmox.js';
import { FakeScaleway } from './__tests__/fake-scaleway.js';
import { FakeVcenter } from './__tests__/fake-vcenter.js';
import type { Fake, FakeFault } from './__tests__/fake.js';
import { newText } from './new-text.js';
import { instancePlatforms, runInstance, type InstanceRequest } from './run-instance.js';

interface Case {
  readonly platform: string;
  readonly format: string;
  /** The size of a disk that the platform takes. Default: 1000. */
  readonly bytes?: number;
  readonly start: () => Promise<{
    readonly fake: Fake;
    readonly env: Record<string, string>;
    readonly instances: FakeInstances;
    /** All that costs money or space. */
    left(): string[];
    readonly options?: Readonly<Record<string, string>>;
  }>;
  /** The request that makes an instance. */
  readonly makes: RegExp;
  /** Options of the instance. */
  readonly options?: Readonly<Record<string, string>>;
  /** Whether a call gives the console. */
  readonly shows: boolean;
  /** The request that starts an instance, where making does not. */
  readonly starts?: RegExp;
  /** Whether a call gives no address. */
  readonly hasNoAddress?: boolean;
}

const CASES: readonly Case[] = [
  { platform: 'aws', format: 'raw-efi', start: () => FakeAws.start(), makes: /RunInstances/, shows: true },
  {
    platform: 'azure',
    format: 'vhd-efi',
    start: () => FakeAzure.start(),
    bytes: MIB + 512,
    makes: /^PUT .*virtualMachines/,
    options: { subnet: SUBNET },
    shows: true,
    hasNoAddress: true,
  },
  {
    platform: 'scaleway',
    format: 'qcow2-efi',
    start: () => FakeScaleway.start(),
    makes: /^POST .*\/servers \{/,
    starts: /"poweron"/,
    shows: false,
  },
  {
    platform: 'gcp',
    format: 'gcp',
    start: () => FakeGoogle.start(),
    makes: /^POST .*zone-1\/instances /,
    options: { zone: 'zone-1' },
    shows: true,
  },
  {
    platform: 'openstack',
    format: 'qcow2-efi',
    start: () => FakeOpenstack.start(),
    makes: /^POST \/nova\/v2.1\/servers /,
    options: { 'machine-type': 'small' },
    shows: true,
  },
  {
    platform: 'digitalocean',
    format: 'qcow2-bios',
    start: () => FakeDigitalocean.start(),
    makes: /^POST \/v2\/droplets/,
    shows: false,
  },
  {
    platform: 'hetzner',
    format: 'raw-bios',
    start: () => FakeHetzner.start(),
    makes: /^POST \/v1\/servers /,
    shows: false,
  },
  {
    platform: 'proxmox',
    format: 'qcow2-efi',
    start: () => FakeProxmox.start(),
    makes: /^POST .*\/clone/,
    starts: /status\/start/,
    shows: false,
    hasNoAddress: true,
  },
  {
    platform: 'vcenter',
    format: 'ova',
    start: () => FakeVcenter.start(),
    makes: /^POST .*action=deploy/,
    starts: /action=start/,
    options: { 'resource-pool': 'resgroup-1' },
    shows: false,
    hasNoAddress: true,
  },
];

/** Faults of a platform, and the code of the error. */
const faultsOf = ({ makes }: Case): [string, FakeFault, string][] => [
  ['401', { on: /./, how: 401 }, 'unauthorized'],
  ['403', { on: makes, how: 403 }, 'forbidden'],
  ['429', { on: makes, how: 429 }, 'rate-limited'],
  ['500', { on: makes, how: 500 }, 'platform-error'],
  ['a request that hangs', { on: makes, how: 'hang' }, 'unreachable'],
];

/** The platform whose requests hang in `npm test` too: each of them is given up after seconds. */
const HANGS = 'openstack';

it('every platform on which instances run is tried, with every fault', () => {
  expect(CASES.map(({ platform }) => platform).sort()).toEqual([...instancePlatforms].sort());
  for (const one of CASES)
    expect(faultsOf(one).map(([, { how }]) => how)).toEqual([401, 403, 429, 500, 'hang']);
  expect(CASES.map(({ platform }) => platform)).toContain(HANGS);
});

it('a console of which the platform keeps the last part alone is shown once', () => {
  expect(newText('', 'a\nb\n')).toBe('a\nb\n');
  expect(newText('a\nb\n', 'a\nb\nc\n')).toBe('c\n');
  const before = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
  expect(newText(before, `${before.slice(300)}more\n`)).toBe('more\n');
  expect(newText(before, 'after a reboot\n')).toBe('after a reboot\n');
});

describe.each(CASES)('$platform', (test) => {
  const { platform, format, start, makes, options, shows } = test;
  let cloud: Awaited<ReturnType<Case['start']>>;
  let pushes: Pushes;
  let request: InstanceRequest;
  /** What the push has left: its image. */
  let before: string[];
  beforeEach(async () => {
    cloud = await start();
    pushes = new Pushes({ platform, format, env: cloud.env, options: cloud.options ?? {} });
    const { image } = (await pushes.push(noise(test.bytes ?? 1000, 'a')))!;
    before = cloud.left();
    const { id, name, ...details } = image;
    const { env, log, pollInterval, client } = pushes.request('');
    request = {
      ...{ platform, env, log, pollInterval, client, system: 'my-os', architecture: 'amd64' },
      options: { ...cloud.options, ...options },
      image: { id, name, details },
      name: 'my-os-123456',
      data: 'the user data\n',
      dataDisk: async () => Buffer.from('the user data\n'),
    };
  });
  afterEach(async () => {
    await cloud.fake.close();
    pushes.remove();
  });

  it('runs the image with the user data, shows its console, and removes it when its guest powers off', async () => {
    const running = await runInstance(request);
    let shown = '';
    running.output.on('data', (chunk) => (shown += String(chunk)));
    const [instance] = [...cloud.instances.all.values()];
    expect(instance).toMatchObject({ data: 'the user data\n' });
    await running.exited;
    expect(shown).toBe(shows ? 'guest: line 1\nguest: line 2\nguest: line 3\nguest: line 4\n' : '');
    expect([cloud.instances.all.size, cloud.instances.made]).toEqual([0, 1]);
    expect(cloud.left()).toEqual(before);
    expect(cloud.instances.last?.looks).toBe(cloud.instances.ends);
    if (!test.hasNoAddress) expect(pushes.lines.join('\n')).toMatch(/its address is [\d.]+/);
  });

  const stepsAfter = test.starts ? [test.starts] : [];
  for (const on of stepsAfter)
    it(`403 for ${on} after it was made: it is removed`, async () => {
      cloud.fake.fail({ on, how: 403 });
      await expect(runInstance(request)).rejects.toMatchObject({ code: 'forbidden' });
      expect([cloud.instances.all.size, cloud.instances.made]).toEqual([0, 1]);
      expect(cloud.left()).toEqual(before);
    });

  it('stop removes an instance that runs', async () => {
    cloud.instances.lasts = true;
    const running = await runInstance(request);
    running.output.resume();
    await running.stop();
    expect([cloud.instances.all.size, cloud.instances.made]).toEqual([0, 1]);
  });

  it('a lost answer makes no second instance', async () => {
    cloud.fake.fail({ on: makes, how: 'lost answer', times: 1 });
    const running = await runInstance(request);
    running.output.resume();
    await running.exited;
    expect([cloud.instances.all.size, cloud.instances.made]).toEqual([0, 1]);
  });

  it.each(sampleOf(faultsOf(test), ([, { how }]) => how !== 'hang' || platform === HANGS))(
    '%s: a clear error, and no instance',
    async (_, fault, code) => {
      cloud.fake.fail(fault);
      await expect(runInstance({ ...request, client: limits(fault) })).rejects.toMatchObject({ code });
      expect(cloud.instances.all.size).toBe(0);
    },
  );

  it('the page of a proxy in the place of an answer is one error', async () => {
    cloud.fake.fail({ on: makes, how: { body: '<html>Please log in</html>' } });
    await expect(runInstance(request)).rejects.toMatchObject({ code: 'platform-error' });
  });

  it('an instance that cannot be removed is named, and its console ends', async () => {
    const running = await runInstance(request);
    const ended = once(running.output.resume(), 'end');
    cloud.fake.fail({ on: /TerminateInstances|^DELETE /, how: 403 });
    await expect(running.exited).rejects.toMatchObject({ code: 'forbidden' });
    await ended;
    expect(pushes.lines.join('\n')).toContain(`the instance ${running.id} is left behind`);
  });

  const consoles = shows ? [/[gG]etConsoleOutput|serialPort|BootDiagnostics/] : [];
  for (const on of consoles)
    it('a console that ends with its guest is no error, and its beginning is shown', async () => {
      cloud.fake.fail({ on, how: 400, after: 3 });
      const running = await runInstance(request);
      let shown = '';
      running.output.on('data', (chunk) => (shown += String(chunk)));
      await running.exited;
      expect(shown).toBe('guest: line 1\nguest: line 2\nguest: line 3\n');
      expect(pushes.lines.join('\n')).toContain('the end of the console is missing');
    });

  it('an instance of which the platform says no more is removed, and the error is passed on', async () => {
    const running = await runInstance(request);
    running.output.resume();
    cloud.fake.fail({
      on: /DescribeInstances|^GET .*(servers|droplets|instances|qemu|vm|virtualMachines)\/(vm-)?(7001|my-os-123456)[ /]/,
      how: 403,
    });
    await expect(running.exited).rejects.toMatchObject({ code: 'forbidden' });
    expect(cloud.instances.all.size).toBe(0);
  });
});

it('an instance of EC2 that is not known everywhere yet has an empty console', async () => {
  const aws = await FakeAws.start();
  const pushes = new Pushes({ platform: 'aws', format: 'raw-efi', env: aws.env });
  try {
    const { image } = (await pushes.push(noise(1000, 'a')))!;
    const body = '<Errors><Error><Code>InvalidInstanceID.NotFound</Code></Error></Errors>';
    aws.fake.fail({ on: /GetConsoleOutput/, how: { status: 400, body }, times: 2 });
    const running = await runInstance({
      ...pushes.request(''),
      image: { id: image.id, name: image.name, details: {} },
      name: 'my-os-123456',
    });
    let shown = '';
    running.output.on('data', (chunk) => (shown += String(chunk)));
    await running.exited;
    expect(shown).toBe('guest: line 1\nguest: line 2\nguest: line 3\nguest: line 4\n');
  } finally {
    await aws.fake.close();
    pushes.remove();
  }
});

import { MIB, noise, Pushes } from './__tests__/a-push.js';
import { FakeAzure, SUBNET } from './__tests__/fake-azure.js';
import { FakeProxmox } from './__tests__/fake-proxmox.js';
import { FakeScaleway } from './__tests__/fake-scaleway.js';
import { FakeVcenter } from './__tests__/fake-vcenter.js';
import { runInstance } from './run-instance.js';

const USER_DATA = 'the user data\n';

/** Runs an image of a push on a server that stands in for a cloud, until the test ends. */
async function running(
  cloud: FakeAzure | FakeProxmox | FakeScaleway | FakeVcenter,
  of: { platform: string; format: string; options?: Record<string, string> },
) {
  const { platform, format } = of;
  const env = cloud.env as Record<string, string>;
  const pushes = new Pushes({ platform, format, env, options: cloud.options });
  const { image } = (await pushes.push(noise(MIB + 512, 'a')))!;
  const { id, name, ...details } = image;
  const { log, pollInterval, client } = pushes.request('');
  cloud.instances.lasts = true;
  const before = cloud.left();
  const instance = await runInstance({
    ...{ platform, env, log, pollInterval, client, system: 'my-os', architecture: 'amd64' },
    options: { ...cloud.options, ...of.options },
    image: { id, name, details },
    name: 'my-os-123456',
    data: USER_DATA,
    dataDisk: async () => Buffer.from(USER_DATA),
  });
  instance.output.resume();
  return { instance, before, pushes };
}

interface Machines {
  readonly platform: string;
  readonly format: string;
  readonly options: Record<string, string>;
  readonly start: () => Promise<FakeProxmox | FakeVcenter>;
  /** The request that stops a machine. */
  readonly stops: RegExp;
}

it.each<Machines>([
  {
    ...{ platform: 'proxmox', format: 'qcow2-efi', start: () => FakeProxmox.start() },
    ...{ stops: /status\/stop/, options: {} },
  },
  {
    ...{ platform: 'vcenter', format: 'ova', start: () => FakeVcenter.start() },
    ...{ stops: /power\?action=stop/, options: { 'resource-pool': 'resgroup-1' } },
  },
])('$platform keeps neither user data nor a session for a machine that cannot be removed', async (one) => {
  const cloud = await one.start();
  const { instance, before, pushes } = await running(cloud, one);
  try {
    expect(cloud.left().length).toBeGreaterThanOrEqual(before.length + 2);
    cloud.fake.fail({ on: one.stops, how: 403 });
    await expect(instance.stop()).rejects.toMatchObject({ code: 'forbidden' });
    const left = cloud.left().filter((name) => !before.includes(name));
    expect(left).toHaveLength(1);
    expect(cloud.instances.all.size).toBe(1);
  } finally {
    await cloud.fake.close();
    pushes.remove();
  }
});

it('a machine of Azure that somebody else removes is over', async () => {
  const cloud = await FakeAzure.start();
  const { instance, pushes } = await running(cloud, {
    ...{ platform: 'azure', format: 'vhd-efi', options: { subnet: SUBNET } },
  });
  try {
    cloud.fake.fail({ on: /instanceView/, how: 404, after: 2 });
    await instance.exited;
    expect(pushes.lines.join('\n')).toContain(`removed the instance ${instance.id}`);
  } finally {
    await cloud.fake.close();
    pushes.remove();
  }
});

it('a server of Scaleway gets its user data, and is removed with its volumes', async () => {
  const cloud = await FakeScaleway.start();
  const { instance, before, pushes } = await running(cloud, { platform: 'scaleway', format: 'qcow2-efi' });
  try {
    expect([...cloud.instances.all.values()]).toMatchObject([{ data: USER_DATA }]);
    expect(cloud.left().length).toBeGreaterThan(before.length + 1);
    await instance.stop();
    expect(cloud.left()).toEqual(before);
  } finally {
    await cloud.fake.close();
    pushes.remove();
  }
});

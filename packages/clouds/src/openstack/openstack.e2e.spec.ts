import { disk, limits, Pushes } from '../__tests__/a-push.js';
import { FakeOpenstack, TOKEN } from '../__tests__/fake-openstack.js';
import { startFake, type FakeFault } from '../__tests__/fake.js';
import { unpush } from '../push.js';

let cloud: FakeOpenstack;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeOpenstack.start();
  pushes = new Pushes({ platform: 'openstack', format: 'qcow2-efi', env: cloud.env });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

const A = disk('a');
const puts = () => cloud.fake.seen.filter((line) => line.startsWith('PUT')).length;

it('finds Glance in the catalog, makes an image with the properties of its firmware, and sends the file', async () => {
  const result = await pushes.push(A);
  const [[id, image]] = [...cloud.images] as [string, Record<string, string>][];
  expect(cloud.contents.get(id!)!.equals(A)).toBe(true);
  expect(image).toMatchObject({
    disk_format: 'qcow2',
    container_format: 'bare',
    visibility: 'private',
    hw_firmware_type: 'uefi',
    hw_machine_type: 'q35',
    nx_linuxkit_sha256: result!.sha256,
  });
  expect(result).toMatchObject({ image: { id, name: image.name }, existed: false });
});

it.each([
  ['iso-efi', { disk_format: 'iso', hw_firmware_type: 'uefi' }],
  ['raw-bios', { disk_format: 'raw', hw_firmware_type: 'bios' }],
  ['vmdk', { disk_format: 'vmdk', hw_firmware_type: 'bios' }],
])('%s has the properties %j', async (format, properties) => {
  await pushes.push(A, { format });
  expect([...cloud.images.values()][0]).toMatchObject(properties);
});

it('sends nothing a second time; keeps the newest; unpush removes all', async () => {
  const first = await pushes.push(A);
  expect(await pushes.push(A)).toEqual({ ...first, existed: true });
  expect(puts()).toBe(1);
  await pushes.push(disk('b'));
  const third = await pushes.push(disk('c'), { keepLast: 1 });
  expect(third!.removed).toHaveLength(2);
  await unpush({ platform: 'openstack', system: 'my-os', env: cloud.env, log: () => undefined });
  expect(cloud.images.size).toBe(0);
});

it.each<[string, FakeFault]>([
  ['503 for the image', { on: /^POST \/image/, how: 503, times: 2 }],
  ['an upload that is cut', { on: /^PUT/, how: 'cut', times: 1 }],
])('%s passes', async (_, fault) => {
  cloud.fake.fail(fault);
  const result = await pushes.push(A, { client: limits(fault, [1, 2, 3]) });
  expect(cloud.contents.get(result!.image.id)!.equals(A)).toBe(true);
  expect(cloud.images.size).toBe(1);
});

it.each<[string, FakeFault, string]>([
  ['401', { on: /tokens/, how: 401 }, 'unauthorized'],
  ['403 for the file', { on: /^PUT/, how: 403 }, 'forbidden'],
  ['413 for the file', { on: /^PUT/, how: 413 }, 'platform-error'],
  ['an upload that hangs', { on: /^PUT/, how: 'hang' }, 'unreachable'],
])('%s: a clear error, and nothing is left behind', async (_, fault, code) => {
  cloud.fake.fail(fault);
  const failed = pushes.push(A, { client: limits(fault) });
  await expect(failed).rejects.toMatchObject({ code });
  expect(cloud.images.size).toBe(0);
  expect(pushes.lines.join('\n')).not.toMatch(new RegExp(`${TOKEN}|a-password`));
});

it('the token never goes to another host that the address of a page leads to', async () => {
  const thief = await startFake(() => ({ body: { images: [] } }));
  const endpoints = [{ interface: 'public', region: 'west', url: cloud.fake.url }];
  const granted = { token: { catalog: [{ type: 'image', endpoints }] } };
  for (const next of [`@${new URL(thief.url).host}/v2/images`, `//${new URL(thief.url).host}/v2/images`]) {
    cloud.fake.fail(
      { on: /tokens/, how: { status: 201, headers: { 'x-subject-token': TOKEN }, body: granted } },
      { on: /^GET .*nx_linuxkit_system/, how: { body: { images: [], next } } },
    );
    await expect(pushes.push(A)).rejects.toMatchObject({
      code: 'platform-error',
      message: `Glance names ${JSON.stringify(next)} as the path of its next page`,
    });
    cloud.fake.heal();
  }
  expect(thief.seen).toEqual([]);
  await thief.close();
});

it('a password with blanks and line breaks that a server repeats is not shown', async () => {
  const password = 'open  the\ndoor';
  cloud.fake.fail({
    on: /tokens/,
    how: { status: 401, body: `wrong password: ${password} for ${JSON.stringify(password)}` },
  });
  const failed = pushes.push(A, { env: { ...cloud.env, OS_PASSWORD: password } });
  await expect(failed).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/answered 401: wrong password: \*\*\* for "\*\*\*"$/),
  });
});

it.each([
  ['Keystone', /tokens/],
  ['Glance', /images/],
])('the page of a proxy in the place of an answer of %s is one error', async (name, on) => {
  cloud.fake.fail({ on, how: { headers: { 'x-subject-token': TOKEN }, body: '<html>Please log in</html>' } });
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'platform-error',
    message: `${name} has answered with something that is no JSON object`,
  });
});

it('an image that Glance gives up is reported and removed', async () => {
  cloud.becomes = 'killed';
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('killed'),
  });
  expect(cloud.images.size).toBe(0);
});

it('an application credential has no scope; what is missing is named', async () => {
  const { OS_AUTH_URL, OS_REGION_NAME } = cloud.env;
  const env = {
    OS_AUTH_URL,
    OS_REGION_NAME,
    OS_APPLICATION_CREDENTIAL_ID: 'id',
    OS_APPLICATION_CREDENTIAL_SECRET: 'a-secret',
  };
  await pushes.push(A, { env });
  expect(cloud.images.size).toBe(1);
  await expect(pushes.push(A, { env: { OS_AUTH_URL } })).rejects.toMatchObject({
    code: 'no-credentials',
    message: 'OS_PASSWORD is not set',
  });
  await expect(pushes.push(A, { env: { ...env, OS_REGION_NAME: 'north' } })).rejects.toMatchObject({
    code: 'not-found',
  });
});

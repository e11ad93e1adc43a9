import { disk, limits, MIB, Pushes } from '../__tests__/a-push.js';
import { FakeAzure, TOKEN, type AzureImage } from '../__tests__/fake-azure.js';
import { startFake, type FakeFault } from '../__tests__/fake.js';
import { push, unpush } from '../push.js';

let azure: FakeAzure;
let pushes: Pushes;
beforeEach(async () => {
  azure = await FakeAzure.start();
  pushes = new Pushes({ platform: 'azure', format: 'vhd-efi', env: azure.env });
});
afterEach(async () => {
  await azure.fake.close();
  pushes.remove();
});

/** A disk of 24 MiB and a footer: six ranges of 4 MiB, and one of 512 bytes. */
const vhd = (seed: string): Buffer => Buffer.concat([disk(seed, 24 * MIB), Buffer.alloc(512, 'footer')]);
const pages = () =>
  azure.fake.seen.filter((line) => line.includes('comp=page') && !line.includes('pagelist')).length;
const A = vhd('a');
/** Ranges of `vhd` that are not zeros: 0, 4 MiB and 20 MiB on, and the footer. */
const DATA = 4;

it('sends the pages that are not zeros to a managed disk, and makes an image of its generation', async () => {
  const result = await pushes.push(A);
  expect(pages()).toBe(DATA);
  const [[name, image]] = [...azure.images] as [string, AzureImage][];
  expect(azure.contents.get(name!)!.equals(A)).toBe(true);
  expect(image).toMatchObject({
    location: 'germanywestcentral',
    tags: { 'nx-linuxkit-system': 'my-os', 'nx-linuxkit-sha256': result!.sha256 },
    properties: { hyperVGeneration: 'V2' },
  });
  expect(result).toMatchObject({ image: { id: image.id, name }, existed: false });
  expect(azure.disks.size).toBe(0);
});

it('sends nothing a second time; keeps the newest; unpush removes all', async () => {
  const first = await pushes.push(A, { format: 'vhd' });
  expect([...azure.images.values()][0]!.properties.hyperVGeneration).toBe('V1');
  expect(await pushes.push(A, { format: 'vhd' })).toEqual({ ...first, existed: true });
  expect(pages()).toBe(DATA);
  const second = await pushes.push(vhd('b'), { keepLast: 1 });
  expect(second!.removed).toEqual([first!.image.name]);
  await unpush({ platform: 'azure', system: 'my-os', env: azure.env, log: () => undefined, pollInterval: 5 });
  expect(azure.images.size).toBe(0);
});

it('the token does not follow a next page to another host', async () => {
  const body = { value: [], nextLink: 'https://elsewhere.example/images' };
  azure.fake.fail({ on: /\/images\?/, how: { body } });
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'platform-error',
    message: expect.stringContaining('names an address of another host: elsewhere.example'),
  });
});

it('refuses a file that is no VHD of whole MiB, and a dry run makes nothing', async () => {
  await expect(pushes.push(disk('raw'))).rejects.toMatchObject({ code: 'bad-file' });
  expect(await pushes.push(A, { dryRun: true })).toBeUndefined();
  expect([azure.disks.size, azure.images.size, pages()]).toEqual([0, 0, 0]);
});

it.each<[string, FakeFault]>([
  ['429', { on: /comp=page(?!list)/, how: 429, times: 2 }],
  ['a page that hangs', { on: /comp=page(?!list)/, how: 'hang', times: 1 }],
  ['a page that is cut', { on: /comp=page(?!list)/, how: 'cut', times: 1 }],
  ['500 while Azure works', { on: /operations/, how: 500, times: 2 }],
])('%s passes', async (_, fault) => {
  azure.fake.fail(fault);
  const result = await pushes.push(A, { client: limits(fault, [1, 2, 3]) });
  expect(azure.contents.get(result!.image.name)!.equals(A)).toBe(true);
});

it.each<[string, FakeFault, string]>([
  ['401', { on: /resourceGroups\/group-1\?/, how: 401 }, 'unauthorized'],
  ['403 for the disk', { on: /^PUT .*disks/, how: 403 }, 'forbidden'],
  ['403 for a page', { on: /comp=page(?!list)/, how: 403, after: 1 }, 'forbidden'],
  ['pages that hang', { on: /comp=page(?!list)/, how: 'hang', after: 1 }, 'unreachable'],
  ['500 for the image', { on: /^PUT .*images/, how: 500 }, 'platform-error'],
])('%s: a clear error, and nothing is left behind', async (_, fault, code) => {
  azure.fake.fail(fault);
  const failed = pushes.push(A, { client: limits(fault) });
  await expect(failed).rejects.toMatchObject({ code });
  expect([azure.disks.size, azure.images.size]).toEqual([0, 0]);
  expect(pushes.notes()).toEqual([]);
  expect(pushes.lines.join('\n')).not.toMatch(new RegExp(`${TOKEN}|a-signature`));
});

it.each(['azure-asyncoperation', 'location'])(
  'the token never goes to another host that %s names',
  async (name) => {
    const thief = await startFake(() => ({ body: { status: 'Succeeded' } }));
    azure.fake.fail({
      on: /^PUT .*disks/,
      how: { status: 202, headers: { [name]: `${thief.url}/operations/1` } },
    });
    await expect(pushes.push(A)).rejects.toMatchObject({
      code: 'platform-error',
      message: expect.stringContaining('names an address of another host'),
    });
    expect(thief.seen).toEqual([]);
    await thief.close();
  },
);

it('the page of a proxy in the place of an answer is one error', async () => {
  azure.fake.fail({ on: /./, how: { body: '<html>Please log in</html>' } });
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'platform-error',
    message: 'Azure has answered with something that is no JSON object',
  });
});

it('an image that Azure cannot make is reported with its words, and nothing is left behind', async () => {
  azure.imageBecomes = 'Failed';
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('no boot loader'),
  });
  expect([azure.disks.size, azure.images.size]).toEqual([0, 0]);
});

it('goes on where a killed push stopped, on the same disk', async () => {
  azure.fake.fail({ on: /comp=page(?!list)/, how: 'hang', after: 2 });
  const file = pushes.file(A);
  const ended = push(pushes.request(file, { client: { idleTimeout: 60_000 } })).catch(() => undefined);
  while (pages() < DATA) await new Promise((resolve) => setTimeout(resolve, 10));
  azure.fake.heal();
  const result = await push(pushes.request(file));
  expect(pages()).toBe(DATA + 2);
  expect(azure.contents.get(result!.image.name)!.equals(A)).toBe(true);
  expect(azure.disks.size).toBe(0);
  await azure.fake.close();
  await ended;
});

it('a service principal gets a token; half of one is no credentials', async () => {
  const principal = {
    ...azure.env,
    AZURE_ACCESS_TOKEN: '',
    AZURE_AUTHORITY_HOST: azure.fake.url,
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'app',
  };
  await pushes.push(A, { env: { ...principal, AZURE_CLIENT_SECRET: 'a-secret' } });
  expect(azure.images.size).toBe(1);
  await expect(pushes.push(A, { env: principal })).rejects.toMatchObject({ code: 'no-credentials' });
});

describe('with a gallery', () => {
  const options = { gallery: 'shared' };
  const versions = () => [...azure.gallery.keys()].filter((path) => path.includes('versions'));

  it('each push adds the next version of the system, and unpush removes it with its image', async () => {
    const first = await pushes.push(A, { options });
    expect(first!.image.galleryVersion).toMatch(/\/galleries\/shared\/images\/my-os\/versions\/1\.0\.1$/);
    expect(azure.gallery.get('shared/images/my-os')).toMatchObject({
      properties: { hyperVGeneration: 'V2', architecture: 'x64', osState: 'Generalized' },
    });
    const second = await pushes.push(vhd('b'), { options, keepLast: 1 });
    expect(second!.removed).toEqual([first!.image.name]);
    expect(versions()).toEqual(['shared/images/my-os/versions/1.0.2']);
    await unpush({ ...pushes.request(''), options });
    expect(azure.left()).toEqual([]);
  });

  it('one that is not there is named before a byte goes', async () => {
    const failed = pushes.push(A, { options: { gallery: 'other' } });
    await expect(failed).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('az sig create'),
    });
    expect(azure.left()).toEqual([]);
  });

  it('a system of the other generation is refused, and nothing is left behind', async () => {
    await pushes.push(A, { options });
    const failed = pushes.push(vhd('b'), { options, format: 'vhd' });
    await expect(failed).rejects.toMatchObject({ code: 'bad-option', hint: expect.any(String) });
    expect(versions()).toHaveLength(1);
    expect(azure.images.size).toBe(1);
  });

  it('a version that fails is removed with its image', async () => {
    azure.versionBecomes = 'Failed';
    await expect(pushes.push(A, { options })).rejects.toMatchObject({ code: 'import-failed' });
    expect(azure.left()).toEqual([]);
  });
});

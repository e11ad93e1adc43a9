import { noise, Pushes } from '../__tests__/a-push.js';
import { FakeVcenter } from '../__tests__/fake-vcenter.js';
import { startFake } from '../__tests__/fake.js';

let cloud: FakeVcenter;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeVcenter.start();
  const { env, options } = cloud;
  pushes = new Pushes({ platform: 'vcenter', format: 'ova', env, options });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

const A = noise(1000, 'a');

it('a session that has ended during the upload is begun anew', async () => {
  cloud.fake.fail({ on: /action=complete/, how: 401, times: 1 });
  const result = await pushes.push(A);
  expect(cloud.contents.get(result!.image.id)!.equals(A)).toBe(true);
  expect(cloud.fake.seen.filter((line) => line === 'POST /api/session')).toHaveLength(2);
});

it('wrong credentials are tried once: more would lock the account', async () => {
  const failed = pushes.push(A, { env: { ...cloud.env, GOVC_PASSWORD: 'wrong' } });
  await expect(failed).rejects.toMatchObject({ code: 'unauthorized' });
  expect(cloud.fake.seen).toEqual(['POST /api/session']);
});

it('the session never goes to another host that is named for the upload', async () => {
  const thief = await startFake(() => ({}));
  cloud.fake.fail({ on: /\/file /, how: { body: { upload_endpoint: { uri: `${thief.url}/x` } } } });
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'platform-error',
    message: `vCenter names ${new URL(thief.url).host} as the place for the upload`,
  });
  expect(thief.seen).toEqual([]);
  expect(cloud.left()).toEqual([]);
  await thief.close();
});

it('an OVA that vCenter does not accept is reported in its words', async () => {
  cloud.importFails = true;
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('the OVF descriptor is not valid'),
  });
});

it.each([
  [{ library: 'nowhere' }, { code: 'not-found', hint: 'Make it: `govc library.create nowhere`.' }],
  [
    { library: 'systems', url: 'https://me:secret@vc' },
    { code: 'bad-option', message: 'url: this is no address of a vCenter' },
  ],
])('%j is refused before a byte is sent', async (options, error) => {
  await expect(pushes.push(A, { options })).rejects.toMatchObject(error);
  expect(cloud.left()).toEqual([]);
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, Pushes } from '../__tests__/a-push.js';
import { FakeScaleway } from '../__tests__/fake-scaleway.js';

let cloud: FakeScaleway;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeScaleway.start();
  const { env, options } = cloud;
  pushes = new Pushes({ platform: 'scaleway', format: 'qcow2-efi', env, options });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

const A = noise(1000, 'a');

it('the result names the snapshot and the zone; an image of arm64 says so', async () => {
  const result = await pushes.push(A, { architecture: 'arm64' });
  const [[id, image]] = [...cloud.images];
  expect(image!.arch).toBe('arm64');
  const snapshotId = image!.root_volume.id;
  expect(result!.image).toEqual({ id, name: image!.name, snapshotId, zone: 'fr-par-2' });
});

it.each([
  ['the first profile', '', {}],
  ['the active profile', 'active_profile: mine\n', {}],
  ['the profile of SCW_PROFILE', 'active_profile: other\n', { SCW_PROFILE: 'mine' }],
])('finds its keys in the file of the program scw: %s', async (_, active, more) => {
  const { SCW_ACCESS_KEY: access, SCW_SECRET_KEY: secret, ...env } = cloud.env;
  mkdirSync(join(pushes.folder, '.config/scw'), { recursive: true });
  const right = `access_key: ${access}\nsecret_key: "${secret}"  # a remark\n`;
  const profiles = `profiles:\n  other:\n    access_key: WRONG\n    secret_key: wrong\n  mine:\n    ${right.trim().replace('\n', '\n    ')}\n`;
  const first = active === '' ? right : 'access_key: WRONG\nsecret_key: wrong\n';
  const text = active + first + (active === '' ? '' : profiles);
  writeFileSync(join(pushes.folder, '.config/scw/config.yaml'), text);
  await pushes.push(A, { env: { ...env, ...more, HOME: pushes.folder } });
  expect(cloud.images.size).toBe(1);
});

it('a zone that is none is refused', async () => {
  await expect(pushes.push(A, { options: { ...cloud.options, zone: 'x.evil/' } })).rejects.toMatchObject({
    code: 'bad-option',
    message: 'zone: "x.evil/" is no zone',
  });
});

import { disk, Pushes } from './__tests__/a-push.js';
import { findPlatform, isPlatform, platforms } from './platforms.js';
import { unpush } from './push.js';

const pushes = new Pushes({ platform: 'aws', format: 'raw-efi' });
afterAll(() => pushes.remove());

it.each(platforms)(
  '$name takes formats and says where its credentials come from',
  ({ name, formats, credentials }) => {
    expect(isPlatform(name)).toBe(true);
    expect(findPlatform(name).name).toBe(name);
    expect(formats.length).toBeGreaterThan(0);
    expect(credentials).not.toBe('');
  },
);

it('an unknown platform is refused with the nearest name and all names', () => {
  expect(isPlatform('toString')).toBe(false);
  expect(() => findPlatform('openstak')).toThrow(
    expect.objectContaining({
      code: 'unknown-platform',
      message: 'unknown platform "openstak", did you mean openstack?',
      hint: expect.stringContaining('aws, azure, gcp'),
    }),
  );
});

it.each([
  [{ platform: 'openstack', format: 'tar' }, 'bad-file', 'openstack does not take the format tar'],
  [{ options: { regoin: 'x' } }, 'bad-option', 'aws has no option regoin, did you mean region?'],
  [{}, 'bad-option', 'aws needs the option region: region of snapshot and image'],
  [
    { platform: 'ssh', options: { host: 'h', device: '/dev/sda; rm -rf /' } },
    'bad-option',
    'device: "/dev/sda; rm -rf /" is no path of a disk',
  ],
  [
    { platform: 'ssh', options: { host: '-oProxyCommand=x', device: '/dev/sda' } },
    'bad-option',
    'host: "-oProxyCommand=x" is no host',
  ],
])('%j is refused before anything is read or sent: %s', async (change, code, message) => {
  await expect(pushes.push(disk('a'), change)).rejects.toMatchObject({ code, message });
});

it('a file that is not there is named', async () => {
  const env = { AWS_REGION: 'x', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'xxx' };
  const missing = pushes.request('/nowhere/disk.img', { env });
  const { push } = await import('./push.js');
  await expect(push(missing)).rejects.toMatchObject({
    code: 'bad-file',
    message: 'cannot read /nowhere/disk.img',
  });
});

it('a machine keeps no images that could be removed', async () => {
  const options = { host: 'nowhere.invalid', device: '/dev/sda' };
  const request = { platform: 'ssh', system: 'my-os', options, env: process.env, log: () => undefined };
  await expect(unpush(request)).rejects.toMatchObject({ code: 'bad-option' });
});

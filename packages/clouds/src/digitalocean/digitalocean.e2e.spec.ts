import { MIB, noise, Pushes } from '../__tests__/a-push.js';
import { FakeDigitalocean } from '../__tests__/fake-digitalocean.js';
import { push } from '../push.js';

let cloud: FakeDigitalocean;
let pushes: Pushes;
beforeEach(async () => {
  cloud = await FakeDigitalocean.start();
  const { env, options } = cloud;
  pushes = new Pushes({ platform: 'digitalocean', format: 'qcow2-bios', env, options });
});
afterEach(async () => {
  await cloud.fake.close();
  pushes.remove();
});

/** Seven parts of 8 MiB, of which four go at one time. */
const A = noise(50 * MIB + 1, 'a');
const parts = () => cloud.fake.seen.filter((line) => line.includes('partNumber='));

it('goes on behind the parts that a killed push has sent, page after page of them', async () => {
  cloud.fake.fail({ on: /partNumber=[4-7]/, how: 'hang' });
  const file = pushes.file(A);
  const ended = push(pushes.request(file, { client: { idleTimeout: 60_000, delays: [] } })).catch(
    () => undefined,
  );
  const stored = () => [...cloud.bucket.uploads.values()].flatMap((upload) => [...upload.parts.keys()]);
  while (stored().length < 3 || parts().length < 7) await new Promise((resolve) => setTimeout(resolve, 5));
  cloud.fake.heal();
  const before = parts().length;
  const result = await push(pushes.request(file));
  const again = parts().slice(before);
  expect(again.map((line) => Number(/partNumber=(\d)/.exec(line)![1])).sort()).toEqual([4, 5, 6, 7]);
  expect(pushes.lines.join('\n')).toContain(`goes on behind 3 parts of ${8 * MIB} bytes`);
  expect(cloud.contents.get(result!.image.id)!.equals(A)).toBe(true);
  expect(cloud.left()).toEqual([result!.image.id]);
  await cloud.fake.close();
  await ended;
});

it('the reason of a failed import is in the error', async () => {
  cloud.importFails = true;
  await expect(pushes.push(noise(1000, 'b'))).rejects.toMatchObject({
    message: expect.stringContaining('the disk has no file system'),
  });
});

it('the token never goes to the host that the address of a next page names', async () => {
  await pushes.push(noise(1000, 'c'));
  await pushes.push(noise(1000, 'd'));
  await pushes.push(noise(1000, 'e'));
  expect(cloud.images.size).toBe(3);
  expect(cloud.fake.seen.filter((line) => line.includes('page=2')).length).toBeGreaterThan(0);
});

it('the keys of Spaces are missing: the error names them', async () => {
  const { SPACES_SECRET_ACCESS_KEY, ...env } = cloud.env;
  expect(SPACES_SECRET_ACCESS_KEY).not.toBe('');
  await expect(pushes.push(A, { env })).rejects.toMatchObject({
    code: 'no-credentials',
    message: 'SPACES_ACCESS_KEY_ID is not set',
  });
});

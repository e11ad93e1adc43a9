import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { limits, MIB, noise, Pushes } from '../__tests__/a-push.js';
import { FakeGoogle, TOKEN, type GoogleImage } from '../__tests__/fake-google.js';
import { startFake, type FakeFault } from '../__tests__/fake.js';
import { push, unpush } from '../push.js';

let google: FakeGoogle;
let pushes: Pushes;
beforeEach(async () => {
  google = await FakeGoogle.start();
  pushes = new Pushes({ platform: 'gcp', format: 'gcp', env: google.env });
});
afterEach(async () => {
  await google.fake.close();
  pushes.remove();
});

/** Three chunks of 8 MiB, the last one shorter. */
const A = noise(20 * MIB + 5, 'a');
const chunks = () => google.fake.seen.filter((line) => line.startsWith('PUT /session')).length;

it('uploads in one session, makes an image, and removes the object', async () => {
  const result = await pushes.push(A, { system: 'My_OS', options: { family: 'systems' } });
  expect(chunks()).toBe(3);
  const [[name, image]] = [...google.images] as [string, GoogleImage][];
  expect(name).toMatch(/^my-os-[0-9a-f]{12}$/);
  expect(google.contents.get(name!)!.equals(A)).toBe(true);
  expect(image).toMatchObject({ family: 'systems', architecture: 'X86_64' });
  expect(image.guestOsFeatures).toContainEqual({ type: 'GVNIC' });
  expect(result).toMatchObject({ image: { id: image.id, name, selfLink: image.selfLink }, existed: false });
  expect(google.objects.size).toBe(0);
});

it('sends nothing a second time; keeps the newest; unpush removes all', async () => {
  const first = await pushes.push(A);
  expect(await pushes.push(A)).toEqual({ ...first, existed: true });
  expect(chunks()).toBe(3);
  expect((await pushes.push(noise(100, 'b'), { keepLast: 1 }))!.removed).toEqual([first!.image.name]);
  await unpush({ platform: 'gcp', system: 'my-os', env: google.env, log: () => undefined, pollInterval: 5 });
  expect(google.images.size).toBe(0);
});

it('removes no image of a system whose name gives the same label', async () => {
  const other = await pushes.push(A, { system: 'my.os' });
  await pushes.push(noise(100, 'b'), { system: 'my-os', keepLast: 1 });
  expect([...google.images.keys()]).toContain(other!.image.name);
  await unpush({ platform: 'gcp', system: 'my-os', env: google.env, log: () => undefined, pollInterval: 5 });
  expect([...google.images.keys()]).toEqual([other!.image.name]);
});

it.each<[string, FakeFault]>([
  ['503 for a chunk', { on: /^PUT \/session/, how: 503, times: 2 }],
  ['a chunk that hangs', { on: /^PUT \/session/, how: 'hang', times: 1, after: 1 }],
  ['a chunk that is cut', { on: /^PUT \/session/, how: 'cut', times: 1, after: 1 }],
  [
    'an answer that is lost after the chunk has arrived',
    { on: /^PUT \/session/, how: 'lost answer', times: 1 },
  ],
])('%s passes: what has arrived is not sent again', async (_, fault) => {
  google.fake.fail(fault);
  const result = await pushes.push(A, { client: limits(fault, [1, 2, 3]) });
  expect(google.contents.get(result!.image.name)!.equals(A)).toBe(true);
});

it.each<[string, FakeFault, string]>([
  ['401', { on: /projects\/project-1 /, how: 401 }, 'unauthorized'],
  ['403 for the bucket', { on: /^POST \/upload/, how: 403 }, 'forbidden'],
  ['chunks that hang', { on: /^PUT \/session/, how: 'hang', after: 1 }, 'unreachable'],
  ['500 for the image', { on: /^POST .*images/, how: 500 }, 'platform-error'],
])('%s: a clear error, and nothing is left behind', async (_, fault, code) => {
  google.fake.fail(fault);
  const failed = pushes.push(A, { client: limits(fault) });
  await expect(failed).rejects.toMatchObject({ code });
  expect([google.objects.size, google.images.size]).toEqual([0, 0]);
  expect(pushes.notes()).toEqual([]);
  expect(pushes.lines.join('\n')).not.toContain(TOKEN);
});

it('an import that fails later, and bytes that were damaged, are reported, and nothing is left behind', async () => {
  google.importFails = true;
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('the tar file is broken'),
  });
  google.damages = true;
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'import-failed',
    message: expect.stringContaining('MD5'),
  });
  expect([google.objects.size, google.images.size]).toEqual([0, 0]);
});

it('goes on where a killed push stopped, in the same session', async () => {
  google.fake.fail({ on: /^PUT \/session/, how: 'hang', after: 1 });
  const file = pushes.file(A);
  const ended = push(pushes.request(file, { client: { idleTimeout: 60_000 } })).catch(() => undefined);
  while (chunks() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  google.fake.heal();
  const result = await push(pushes.request(file));
  expect(google.contents.get(result!.image.name)!.equals(A)).toBe(true);
  expect(pushes.lines.join('\n')).toContain(`goes on behind ${8 * MIB} of ${A.length} bytes`);
  await google.fake.close();
  await ended;
});

it('a signed assertion that a server repeats is not shown: it gets a token', async () => {
  const echo = await startFake(({ body }) => ({ status: 400, body: body.toString() }));
  const file = join(pushes.folder, 'key.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(google.keyFile), token_uri: echo.url }));
  const env = { ...google.env, CLOUDSDK_AUTH_ACCESS_TOKEN: '', GOOGLE_APPLICATION_CREDENTIALS: file };
  await expect(pushes.push(A, { env })).rejects.toMatchObject({
    code: 'platform-error',
    message: expect.stringMatching(/answered 400: .*assertion=\*\*\*$/),
  });
  await echo.close();
});

it('the page of a proxy in the place of an answer is one error', async () => {
  google.fake.fail({ on: /./, how: { body: '<html>Please log in</html>' } });
  await expect(pushes.push(A)).rejects.toMatchObject({
    code: 'platform-error',
    message: 'Google has answered with something that is no JSON object',
  });
});

it('a service account signs for its token; a file of another kind is refused', async () => {
  const file = join(pushes.folder, 'key.json');
  const env = { ...google.env, CLOUDSDK_AUTH_ACCESS_TOKEN: '', GOOGLE_APPLICATION_CREDENTIALS: file };
  writeFileSync(file, google.keyFile);
  await pushes.push(noise(100, 'small'), { env });
  expect(google.images.size).toBe(1);
  writeFileSync(file, '{"type": "external_account"}');
  await expect(pushes.push(A, { env })).rejects.toMatchObject({
    code: 'no-credentials',
    message: expect.stringContaining('external_account'),
  });
});

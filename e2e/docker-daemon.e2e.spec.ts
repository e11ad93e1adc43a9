import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { collect, openImageSource, parseManifest, parsePlatform, parseReference } from '@nx-linuxkit/oci';
import { dockerArchiveOf, randomImage, type TestImage } from '@nx-linuxkit/testing';
import { startDockerd, type Dockerd } from './docker/dockerd.js';

const AMD64 = parsePlatform('linux/amd64');

let daemon: Dockerd;
let image: TestImage;

beforeAll(async () => {
  daemon = await startDockerd();
  image = await randomImage(1, { layers: [{ size: 500_000 }, {}] });
  await dockerArchiveOf(image, join(daemon.dir, 'image.tar'), ['team/app:1']);
  daemon.docker(['load', '-i', join(daemon.dir, 'image.tar')]);
}, 90_000);
afterAll(() => daemon?.stop(), 60_000);

const idOf = (name: string) => daemon.docker(['image', 'inspect', '--format', '{{.Id}}', name]);

function open(reference: string) {
  return openImageSource(parseReference(reference), {
    docker: { socketPath: daemon.socketPath },
    temp: join(daemon.dir, 'temp'),
  });
}

it('an image is identified by the ID that docker shows, exported once, and verified', async () => {
  const source = await open('docker-daemon:team/app:1');
  const id = idOf('team/app:1');
  expect(await source.identify()).toBe(id);
  const resolved = await source.resolve(AMD64);
  expect(resolved.imageID).toBe(id);
  const { layers } = parseManifest(resolved.manifest);
  expect(layers.map(({ digest }) => digest)).toEqual(image.layers.map(({ diffID }) => diffID));
  for (const [i, layer] of layers.entries()) {
    const bytes = await collect(source.blob(layer), layer.size, 'layer');
    expect(bytes.equals(image.layers[i].plain)).toBe(true);
  }
  await source.close();
  expect(readdirSync(join(daemon.dir, 'temp'))).toEqual([]);
});

it('has the same digest by name, by ID, and as a docker-archive', async () => {
  const id = idOf('team/app:1');
  daemon.docker(['save', '-o', join(daemon.dir, 'saved.tar'), 'team/app:1']);
  const references = [
    'docker-daemon:team/app:1',
    `docker-daemon:${id}`,
    `docker-archive:${join(daemon.dir, 'saved.tar')}`,
  ];
  const digests = new Set<string>();
  for (const reference of references) {
    const source = await open(reference);
    digests.add((await source.resolve(AMD64)).digest);
    await source.close();
  }
  expect(digests.size).toBe(1);
});

it.each([
  ['docker-daemon:absent', 'not-found', /has no image absent/],
  [`docker-daemon:sha256:${'0'.repeat(64)}`, 'not-found', /has no image sha256/],
])('%s: %s', async (reference, code, message) => {
  await expect((await open(reference)).resolve(AMD64)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

it('another platform is refused before anything is exported', async () => {
  await expect(
    (await open('docker-daemon:team/app:1')).resolve(parsePlatform('linux/arm64')),
  ).rejects.toMatchObject({
    code: 'platform-mismatch',
    hint: expect.stringContaining('docker pull --platform linux/arm64'),
  });
});

it('an error names a daemon that does not run, and says what to do', async () => {
  const source = await openImageSource(parseReference('docker-daemon:x'), {
    docker: { socketPath: '/absent.sock' },
  });
  await expect(source.resolve(AMD64)).rejects.toMatchObject({
    code: 'unreachable',
    message: 'docker-daemon:x: cannot reach the Docker daemon (ENOENT)',
    hint: expect.stringContaining('DOCKER_HOST'),
  });
});

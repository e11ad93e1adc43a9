import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, openImageSource, parseManifest, parsePlatform, parseReference } from '@nx-linuxkit/oci';
import { dockerArchiveOf, randomImage, type TestImage } from '@nx-linuxkit/testing';

/** A real dockerd, without network, on a socket of its own. Needs root and Debian's docker.io. */
const AMD64 = parsePlatform('linux/amd64');

let dir: string;
let daemon: ChildProcess;
let image: TestImage;

const socketPath = () => join(dir, 'docker.sock');
const docker = (...args: string[]) =>
  execFileSync('docker', ['-H', `unix://${socketPath()}`, ...args], { encoding: 'utf8' }).trim();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'e2e-docker-'));
  daemon = spawn(
    'dockerd',
    [
      ...['--host', `unix://${socketPath()}`, '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')],
    ],
    { stdio: 'ignore' },
  );
  for (let i = 0; i < 300 && !answers(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  image = await randomImage(1, { layers: [{ size: 500_000 }, {}] });
  await dockerArchiveOf(image, join(dir, 'image.tar'), ['team/app:1']);
  docker('load', '-i', join(dir, 'image.tar'));
}, 60_000);

afterAll(async () => {
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  await ended;
  rmSync(dir, { recursive: true, force: true });
}, 30_000);

function answers(): boolean {
  if (!existsSync(socketPath())) return false;
  try {
    docker('version');
    return true;
  } catch {
    return false;
  }
}

function open(reference: string) {
  return openImageSource(parseReference(reference), {
    docker: { socketPath: socketPath() },
    temp: join(dir, 'temp'),
  });
}

it('an image is identified by the ID that docker shows, exported once, and verified', async () => {
  const source = await open('docker-daemon:team/app:1');
  const id = docker('image', 'inspect', '--format', '{{.Id}}', 'team/app:1');
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
  expect(readdirSync(join(dir, 'temp'))).toEqual([]);
});

it('has the same digest by name, by ID, and as a docker-archive', async () => {
  const id = docker('image', 'inspect', '--format', '{{.Id}}', 'team/app:1');
  docker('save', '-o', join(dir, 'saved.tar'), 'team/app:1');
  const references = [
    'docker-daemon:team/app:1',
    `docker-daemon:${id}`,
    `docker-archive:${join(dir, 'saved.tar')}`,
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

it('a daemon that is not there is named, with what to do', async () => {
  const source = await openImageSource(parseReference('docker-daemon:x'), {
    docker: { socketPath: '/absent.sock' },
  });
  await expect(source.resolve(AMD64)).rejects.toMatchObject({
    code: 'unreachable',
    message: 'cannot reach the Docker daemon (ENOENT)',
    hint: expect.stringContaining('DOCKER_HOST'),
  });
});

import {
  listen,
  pushTo,
  randomImage,
  startReferrersRegistry,
  type ReferrersRegistry,
} from '@nx-linuxkit/testing';
import { digestOf, type Digest } from '../digest.js';
import { parseRegistryReference } from '../reference.js';
import { openRepository } from './repository.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const stops: (() => unknown)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

async function start(options?: Parameters<typeof startReferrersRegistry>[0]): Promise<ReferrersRegistry> {
  const registry = await startReferrersRegistry(options);
  stops.push(registry.stop);
  return registry;
}

function open(host: string, options: Parameters<typeof openRepository>[1] = {}) {
  const repository = openRepository(parseRegistryReference(`${host}/app:1`), { retryDelays: [], ...options });
  stops.push(() => repository.close());
  return repository;
}

/** Pushes so many manifests that refer to `subject`; their digests, sorted. */
async function pushReferrers(host: string, subject: Digest, count: number): Promise<Digest[]> {
  const repository = open(host);
  const config = Buffer.from('{}');
  const descriptor = { mediaType: MANIFEST, digest: digestOf(config), size: 2 };
  const blobs = [{ descriptor, bytes: () => chunks(config) }];
  const digests: Digest[] = [];
  for (let i = 0; i < count; i++) {
    const document = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor,
      layers: [],
      annotations: { i: `${i}` },
    };
    const manifest = Buffer.from(
      JSON.stringify({ ...document, subject: { ...descriptor, digest: subject } }),
    );
    digests.push(await repository.push(digestOf(manifest), { mediaType: MANIFEST, manifest, blobs }));
  }
  return digests.sort();
}

async function* chunks(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

const pushImage = async (registry: ReferrersRegistry) =>
  pushTo(registry, await randomImage(1, { layers: 1 }), 'app:1');

describe('referrers', () => {
  it('are read page by page', async () => {
    const registry = await start({ pageSize: 2 });
    const subject = await pushImage(registry);
    const digests = await pushReferrers(registry.host, subject, 5);
    const found = await open(registry.host).referrers(subject);
    expect(found?.map(({ digest }) => digest).sort()).toEqual(digests);
  });

  it('are an empty list where the API knows none, and undefined where there is no API', async () => {
    const [registry, old] = [await start(), await start({ hasReferrersApi: false })];
    expect(await open(registry.host).referrers(await pushImage(registry))).toEqual([]);
    expect(await open(old.host).referrers(await pushImage(old))).toBeUndefined();
  });

  it('are asked of the registry when its mirror has none', async () => {
    const [registry, mirror] = [await start(), await start({ hasReferrersApi: false })];
    const subject = await pushImage(registry);
    const digests = await pushReferrers(registry.host, subject, 1);
    const mirrors = { [registry.host]: [`http://${mirror.host}`] };
    const found = await open(registry.host, { mirrors }).referrers(subject);
    expect(found?.map(({ digest }) => digest)).toEqual(digests);
    expect(mirror.requests).toContain(`GET /v2/app/referrers/${subject}`);
  });

  it.each([
    ['to another host', '<http://registry.example/v2/app/referrers/x>; rel="next"', 'registry-error'],
    ['that is no URL', '<http://>; rel="next"', 'registry-error'],
    ['to itself, for ever', '<?last=1>; rel="next"', 'too-large'],
  ])('are refused when a page has a link %s', async (_, link, code) => {
    const { port, stop } = await listen((_request, response) => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
      response.writeHead(200, { 'content-type': INDEX, link }).end(body);
    });
    stops.push(stop);
    await expect(open(`localhost:${port}`).referrers(digestOf(Buffer.from('x')))).rejects.toMatchObject({
      code,
    });
  });

  it('are refused when the answer is not an index', async () => {
    const { port, stop } = await listen((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    });
    stops.push(stop);
    await expect(open(`localhost:${port}`).referrers(digestOf(Buffer.from('x')))).rejects.toMatchObject({
      code: 'invalid-json',
    });
  });
});

describe('a repository', () => {
  it('reads a manifest by tag and by digest, and a blob, as pushed', async () => {
    const registry = await start();
    const digest = await pushImage(registry);
    const repository = open(registry.host);
    expect(repository.name).toBe(`${registry.host}/app`);
    const byTag = await repository.manifest('1');
    expect(byTag).toEqual(await repository.manifest(digest));
    expect(byTag).toMatchObject({ digest, contentType: MANIFEST });
    const { config } = JSON.parse(byTag.bytes.toString());
    expect(digestOf(await repository.blob(config, 10_000))).toBe(config.digest);
    await expect(repository.blob(config, 10)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('writes to the registry, never to its mirror', async () => {
    const [registry, mirror] = [await start(), await start()];
    await pushImage(registry);
    const repository = open(registry.host, { mirrors: { [registry.host]: [`http://${mirror.host}`] } });
    const { bytes } = await repository.manifest('1');
    await repository.push('2', { mediaType: MANIFEST, manifest: bytes, blobs: [] });
    expect(registry.requests).toContain('PUT /v2/app/manifests/2');
    expect(mirror.requests.filter((request) => request.startsWith('PUT'))).toEqual([]);
  });

  it('says what is missing', async () => {
    const registry = await start();
    await expect(open(registry.host).manifest('absent')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(`manifest ${registry.host}/app:absent does not exist`),
    });
  });
});

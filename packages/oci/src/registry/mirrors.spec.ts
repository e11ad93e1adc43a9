import {
  freePort,
  randomImage,
  startMemoryRegistry,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { Keychain } from '../credentials.js';
import { parsePlatform } from '../platform.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';
import type { SourceOptions } from '../sources/options.js';
import { collect } from '../verify.js';

const AMD64 = parsePlatform('linux/amd64');
const NOBODY = new Keychain({ env: {}, home: '/nonexistent' });

let registry: MemoryRegistry;
let image: TestImage;
let warnings: string[];
let options: SourceOptions;

beforeAll(async () => {
  registry = await startMemoryRegistry();
  image = await randomImage(1, { layers: [{ files: 2, size: 1_500_000, compression: 'none' }] });
  registry.add('app', '1', image);
});

afterAll(() => registry.stop());

beforeEach(() => {
  registry.heal();
  registry.log.clear();
  warnings = [];
  options = {
    keychain: NOBODY,
    retryDelays: [1, 1],
    idleTimeout: 300,
    onWarning: (warning) => void warnings.push(warning),
  };
});

async function pull(reference = `${registry.host}/app:1`, overrides: SourceOptions = {}): Promise<Buffer> {
  const source = await openImageSource(parseReference(reference), { ...options, ...overrides });
  try {
    await source.resolve(AMD64);
    const { descriptor } = image.layers[0];
    return await collect(source.blob(descriptor), descriptor.size, 'layer');
  } finally {
    await source.close();
  }
}

describe('mirrors', () => {
  it('are asked first, with their path in front; the registry is not asked at all', async () => {
    registry.add('prefix/library/app', '1', image);
    await pull('app:1', { mirrors: { 'docker.io': [`${registry.url}/prefix`] } });
    expect(registry.log.requests.map(({ path }) => path).filter((path) => path !== '/v2/')).toEqual([
      '/v2/prefix/library/app/manifests/1',
      `/v2/prefix/library/app/blobs/${image.config.descriptor.digest}`,
      `/v2/prefix/library/app/blobs/${image.layers[0].descriptor.digest}`,
    ]);
  });

  it('that are dead, or lack the image, are passed over', async () => {
    const empty = await startMemoryRegistry();
    const dead = `http://localhost:${await freePort()}`;
    await pull(undefined, { mirrors: { '*': [dead, empty.url] } });
    expect(warnings.join('\n')).toMatch(/mirror localhost:\d+: cannot reach [^]*does not exist/);
    await empty.stop();
  });

  it('that die within a blob: the registry sends the rest', async () => {
    const mirror = await startMemoryRegistry();
    mirror.add('app', '1', image);
    mirror.fail({ path: image.layers[0].descriptor.digest, times: 1 }, { kind: 'drop', after: 2_000_000 });
    mirror.fail({ path: image.layers[0].descriptor.digest }, { kind: 'status', status: 404 });
    expect((await pull(undefined, { mirrors: { '*': [mirror.url] } })).equals(image.layers[0].bytes)).toBe(
      true,
    );
    expect(registry.log.blobGets(image.layers[0].descriptor.digest)[0].headers.range).toMatch(/^bytes=[1-9]/);
    await mirror.stop();
  });

  it('cannot slip in another manifest under a digest', async () => {
    const evil = await startMemoryRegistry();
    const other = await randomImage(7);
    evil.add('app', image.manifest.descriptor.digest, other);
    await pull(`${registry.host}/app@${image.manifest.descriptor.digest}`, { mirrors: { '*': [evil.url] } });
    expect(warnings[0]).toMatch(/has the digest/);
    await evil.stop();
  });
});

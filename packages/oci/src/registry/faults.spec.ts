import {
  freePort,
  indexOf,
  jsonBlob,
  randomImage,
  startMemoryRegistry,
  type Fault,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { Keychain } from '../credentials.js';
import type { OciErrorCode } from '../error.js';
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
  image = await randomImage(1, { layers: [{ files: 2, size: 2_000_000, compression: 'none' }] });
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

type Case = [name: string, path: RegExp | string, fault: Fault, code: OciErrorCode, message: RegExp];

const LAYER = /blobs\/sha256/;
const refused = (status: number, headers = {}): Fault => ({
  kind: 'status',
  status,
  headers,
  body: 'a\u001b[31mb',
});

describe('a fault that stays', () => {
  const cases = (): Case[] => [
    [
      '401',
      'manifests',
      refused(401),
      'unauthorized',
      /no access to manifest .*app:1.*no credentials for localhost/,
    ],
    ['403', 'manifests', refused(403), 'forbidden', /answered 403/],
    [
      '404 of the manifest',
      'manifests',
      refused(404),
      'not-found',
      /manifest localhost:\d+\/app:1 does not exist/,
    ],
    ['404 of a blob', LAYER, refused(404), 'not-found', /blob sha256:[0-9a-f]+ of .* does not exist/],
    [
      '429',
      'manifests',
      refused(429, { 'ratelimit-remaining': '0;w=21600' }),
      'rate-limited',
      /ratelimit-remaining: 0;w=21600/,
    ],
    [
      '429 for hours',
      'manifests',
      refused(429, { 'retry-after': '3600' }),
      'rate-limited',
      /retry-after: 3600/,
    ],
    ['500', 'manifests', refused(500), 'registry-error', /answered 500/],
    ['control characters in the answer', 'manifests', refused(418), 'registry-error', /a\\u001b\[31mb/],
    ['a changed manifest', 'manifests', { kind: 'corrupt' }, 'digest-mismatch', /expected sha256:/],
    [
      'a changed blob',
      image.layers[0].descriptor.digest,
      { kind: 'corrupt' },
      'digest-mismatch',
      /expected sha256:/,
    ],
    [
      'a blob that is too short',
      image.layers[0].descriptor.digest,
      { kind: 'truncate', bytes: 9 },
      'truncated',
      /ends after 9 bytes .* expected \d+/,
    ],
    [
      'a blob that is too long',
      image.layers[0].descriptor.digest,
      { kind: 'overlong', bytes: 1 },
      'size-mismatch',
      /more than the expected/,
    ],
    [
      'a connection that is cut at once',
      LAYER,
      { kind: 'drop', after: 0 },
      'unreachable',
      /the connection was cut \(ECONNRESET\)/,
    ],
    ['a connection that falls silent', LAYER, { kind: 'stall', after: 10 }, 'timeout', /no byte for 0.3 s/],
    [
      'redirects in a circle',
      'manifests',
      { kind: 'redirect', to: `/v2/app/manifests/1` },
      'registry-error',
      /redirects more than 10 times/,
    ],
    [
      'a redirect to nowhere',
      'manifests',
      { kind: 'redirect', to: 'http://:::/' },
      'registry-error',
      /not a URL/,
    ],
    [
      'a redirect to a file',
      'manifests',
      { kind: 'redirect', to: 'file:///etc/passwd' },
      'registry-error',
      /redirects from http/,
    ],
    [
      'a manifest that came as an index',
      'manifests',
      { kind: 'headers', headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' } },
      'media-type',
      /is a manifest by its content/,
    ],
    [
      'a page of a captive portal',
      'manifests',
      { kind: 'status', status: 200, body: '<html>' },
      'invalid-json',
      /is not JSON/,
    ],
    [
      'a manifest without end',
      'manifests',
      { kind: 'status', status: 200, body: ' '.repeat(5 << 20) },
      'too-large',
      /more than 4194304 bytes/,
    ],
  ];

  it('is named, each by its own error', async () => {
    for (const [name, path, fault, code, message] of cases()) {
      registry.heal();
      registry.fail({ path }, fault);
      const error = await pull().catch((reason: unknown) => reason);
      expect([name, error]).toEqual([
        name,
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      ]);
    }
  }, 20_000);

  it('is an unreachable host: the message has host, port and reason', async () => {
    const port = await freePort();
    await expect(pull(`localhost:${port}/app:1`)).rejects.toMatchObject({
      code: 'unreachable',
      message: `cannot reach localhost:${port}: connection refused (ECONNREFUSED)`,
    });
    await expect(pull('registry.invalid/app:1')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cannot reach registry.invalid:443: .*(ENOTFOUND|EAI_AGAIN)/),
    });
  });

  it('is a platform that the image does not have: the message lists those that it has', async () => {
    registry.add(
      'index',
      '1',
      indexOf([image, await randomImage(9, { platform: parsePlatform('linux/arm/v6') })]),
    );
    const source = await openImageSource(parseReference(`${registry.host}/index:1`), options);
    await expect(source.resolve(parsePlatform('linux/riscv64'))).rejects.toMatchObject({
      code: 'unknown-platform',
      message: expect.stringContaining('no image for linux/riscv64; available: linux/amd64, linux/arm/v6'),
    });
    await source.close();
  });

  it('is an index that promises another platform than the config has', async () => {
    const liar = { ...image, platform: parsePlatform('linux/arm64') };
    registry.add('liar', '1', indexOf([liar]));
    const source = await openImageSource(parseReference(`${registry.host}/liar:1`), options);
    await expect(source.resolve(parsePlatform('linux/arm64'))).rejects.toMatchObject({
      code: 'platform-mismatch',
      message: expect.stringContaining('is for linux/amd64, expected linux/arm64'),
    });
    await source.close();
  });

  it('is an artifact that is no image', async () => {
    const config = jsonBlob('application/vnd.cncf.helm.config.v1+json', { name: 'chart' });
    const manifest = jsonBlob(image.manifest.descriptor.mediaType, {
      schemaVersion: 2,
      config: config.descriptor,
      layers: [],
    });
    registry.add('chart', '1', { ...image, manifest, config, layers: [] });
    await expect(pull(`${registry.host}/chart:1`)).rejects.toMatchObject({ code: 'media-type' });
  });
});

describe('a fault that passes', () => {
  const layer = () => image.layers[0].descriptor.digest;

  it.each([408, 429, 499, 500, 502, 503, 504, 522])('is tried again: %d', async (status) => {
    registry.fail({ path: 'manifests', times: 2 }, refused(status));
    await pull();
    expect(warnings).toHaveLength(2);
  });

  it('is given up after three attempts', async () => {
    registry.fail({ path: 'manifests', times: 3 }, refused(503));
    await expect(pull()).rejects.toMatchObject({ code: 'registry-error' });
  });

  it('waits as long as Retry-After says', async () => {
    registry.fail({ path: 'manifests', times: 1 }, refused(429, { 'retry-after': '1' }));
    const start = performance.now();
    await pull();
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it('resumes a blob where the connection broke, and hashes across the joins', async () => {
    registry.fail({ path: layer(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    registry.fail({ path: layer(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    registry.fail({ path: layer(), times: 1 }, { kind: 'drop', after: 100_000 });
    expect((await pull()).equals(image.layers[0].bytes)).toBe(true);
    const ranges = registry.log.blobGets(layer()).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(4);
    expect(ranges[3]).toMatch(/^bytes=31\d+-$/);
  });

  it('skips what is known when the server does not know ranges', async () => {
    registry.fail({ path: layer(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    registry.fail({ path: layer(), times: 1 }, { kind: 'ignore-range' });
    expect((await pull()).equals(image.layers[0].bytes)).toBe(true);
  });

  it('finds a join that was stitched from other bytes', async () => {
    registry.fail({ path: layer(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    registry.fail({ path: layer(), times: 1 }, { kind: 'corrupt' });
    await expect(pull()).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it('does not take a slow server for a dead one', async () => {
    registry.fail({ path: layer() }, { kind: 'slow', parts: 5, pause: 150 });
    expect((await pull()).equals(image.layers[0].bytes)).toBe(true);
  });

  it('does not take a slow reader for a dead server', async () => {
    const source = await openImageSource(parseReference(`${registry.host}/app:1`), options);
    let length = 0;
    for await (const chunk of source.blob(image.layers[0].descriptor)) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      length += chunk.length;
    }
    expect(length).toBe(image.layers[0].descriptor.size);
    await source.close();
  });
});

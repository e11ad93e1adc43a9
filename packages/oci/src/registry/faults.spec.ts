import { freePort, indexOf, jsonBlob, randomImage, type Fault } from '@nx-linuxkit/testing';
import { serveImage } from '../__tests__/served-image.js';
import type { OciErrorCode } from '../error.js';
import { parsePlatform } from '../platform.js';
import { parseReference } from '../reference.js';
import { openImageSource } from '../sources/open.js';

const served = serveImage();
const { pull, options } = served;

type Case = [name: string, path: RegExp | string, fault: Fault, code: OciErrorCode, message: RegExp];

const layerDigest = () => served.image.layers[0].descriptor.digest;
const LAYER = /blobs\/sha256/;
const refused = (status: number, headers = {}): Fault => ({
  kind: 'status',
  status,
  headers,
  body: 'a\u001b[31mb',
});

describe('a lasting fault', () => {
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
    ['a changed blob', layerDigest(), { kind: 'corrupt' }, 'digest-mismatch', /expected sha256:/],
    [
      'a blob that is too short',
      layerDigest(),
      { kind: 'truncate', bytes: 9 },
      'truncated',
      /ends after 9 bytes .* expected \d+/,
    ],
    [
      'a blob that is too long',
      layerDigest(),
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
      /redirects from http to/,
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

  it('has an error of its own for each kind', async () => {
    for (const [name, path, fault, code, message] of cases()) {
      served.registry.heal();
      served.registry.fail({ path }, fault);
      const error = await pull().catch((reason: unknown) => reason);
      expect([name, error]).toEqual([
        name,
        expect.objectContaining({ code, message: expect.stringMatching(message) }),
      ]);
    }
  }, 20_000);

  it('such as an unreachable host is reported with host, port and reason', async () => {
    const port = await freePort();
    await expect(pull(`localhost:${port}/app:1`)).rejects.toMatchObject({
      code: 'unreachable',
      message: `localhost:${port}/app:1: cannot reach localhost:${port}: connection refused (ECONNREFUSED)`,
    });
    await expect(pull('registry.invalid/app:1')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/cannot reach registry.invalid:443: .*(ENOTFOUND|EAI_AGAIN)/),
    });
  });

  it('such as a platform that the image lacks is reported with the platforms that it has', async () => {
    served.registry.add(
      'index',
      '1',
      indexOf([served.image, await randomImage(9, { platform: parsePlatform('linux/arm/v6') })]),
    );
    const source = await openImageSource(parseReference(`${served.registry.host}/index:1`), options);
    await expect(source.resolve(parsePlatform('linux/riscv64'))).rejects.toMatchObject({
      code: 'unknown-platform',
      message: expect.stringContaining('no image for linux/riscv64; available: linux/amd64, linux/arm/v6'),
    });
    await source.close();
  });

  it('such as an index that promises another platform than the config has is refused', async () => {
    const liar = { ...served.image, platform: parsePlatform('linux/arm64') };
    served.registry.add('liar', '1', indexOf([liar]));
    const source = await openImageSource(parseReference(`${served.registry.host}/liar:1`), options);
    await expect(source.resolve(parsePlatform('linux/arm64'))).rejects.toMatchObject({
      code: 'platform-mismatch',
      message: expect.stringContaining('is for linux/amd64, expected linux/arm64'),
    });
    await source.close();
  });

  it('such as an artifact that is not an image is refused', async () => {
    const config = jsonBlob('application/vnd.cncf.helm.config.v1+json', { name: 'chart' });
    const manifest = jsonBlob(served.image.manifest.descriptor.mediaType, {
      schemaVersion: 2,
      config: config.descriptor,
      layers: [],
    });
    served.registry.add('chart', '1', { ...served.image, manifest, config, layers: [] });
    await expect(pull(`${served.registry.host}/chart:1`)).rejects.toMatchObject({ code: 'media-type' });
  });
});

describe('a passing fault', () => {
  it.each([408, 429, 499, 500, 502, 503, 504, 522])('with status %d is retried', async (status) => {
    served.registry.fail({ path: 'manifests', times: 2 }, refused(status));
    await pull();
    expect(served.warnings).toHaveLength(2);
  });

  it('is an error after three attempts', async () => {
    served.registry.fail({ path: 'manifests', times: 3 }, refused(503));
    await expect(pull()).rejects.toMatchObject({ code: 'registry-error' });
  });

  it('is retried after the time that Retry-After names', async () => {
    served.registry.fail({ path: 'manifests', times: 1 }, refused(429, { 'retry-after': '1' }));
    const start = performance.now();
    await pull();
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it('within the body of a manifest is retried', async () => {
    served.registry.fail({ path: 'manifests', times: 1 }, { kind: 'drop', after: 20 });
    served.registry.fail({ path: 'manifests', times: 1 }, { kind: 'stall', after: 20 });
    await pull();
    expect(served.warnings).toEqual([
      expect.stringContaining('the connection was cut'),
      expect.stringContaining('does not answer'),
    ]);
  });

  it('within the body of a config is retried', async () => {
    const { digest } = served.image.config.descriptor;
    served.registry.fail({ path: digest, times: 2 }, { kind: 'drop', after: 20 });
    await pull();
    expect(served.warnings).toHaveLength(2);
  });

  it('within a blob makes the next connection continue there, and the digest covers the joins', async () => {
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'drop', after: 100_000 });
    expect((await pull()).equals(served.image.layers[0].bytes)).toBe(true);
    const ranges = served.registry.log.blobGets(layerDigest()).map(({ headers }) => headers.range);
    expect(ranges).toHaveLength(4);
    expect(ranges[3]).toMatch(/^bytes=31\d+-$/);
  });

  it('within a blob makes the client skip what it has if the server knows no ranges', async () => {
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'ignore-range' });
    expect((await pull()).equals(served.image.layers[0].bytes)).toBe(true);
  });

  it('within a blob cannot hide that the rest comes from other bytes', async () => {
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'drop', after: 1_500_000 });
    served.registry.fail({ path: layerDigest(), times: 1 }, { kind: 'corrupt' });
    await expect(pull()).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it('that lasts as long as bytes drip ends by the minimum rate', async () => {
    served.registry.fail({ path: layerDigest() }, { kind: 'slow', parts: 2_000_000, pause: 20 });
    const limits = { retryDelays: [], idleTimeout: 200, minimumRate: 1000 };
    await expect(pull(undefined, limits)).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringMatching(/is too slow: \d+ bytes in 0\.\d s, expected at least 1000 bytes\/s/),
    });
  });

  it.each(['manifests', 'config', 'layer'])(
    'that drips %s ends at the deadline, and is not repeated',
    async (what) => {
      const { config, layers } = served.image;
      const paths: Record<string, string> = {
        config: config.descriptor.digest,
        layer: layers[0].descriptor.digest,
      };
      served.registry.fail({ path: paths[what] ?? what }, { kind: 'slow', parts: 100, pause: 50 });
      const limits = { idleTimeout: 1000, minimumRate: 0, transferTimeout: 400 };
      const error = await pull(undefined, limits).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'timeout', message: expect.stringContaining('after 0.4 s') });
      expect(served.warnings).toEqual([]);
    },
  );

  it('is not seen in a slow server', async () => {
    served.registry.fail({ path: layerDigest() }, { kind: 'slow', parts: 5, pause: 150 });
    expect((await pull()).equals(served.image.layers[0].bytes)).toBe(true);
  });

  it('is not seen in a slow reader', async () => {
    const source = await openImageSource(parseReference(`${served.registry.host}/app:1`), options);
    let length = 0;
    for await (const chunk of source.blob(served.image.layers[0].descriptor)) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 700));
      length += chunk.length;
    }
    expect(length).toBe(served.image.layers[0].descriptor.size);
    await source.close();
  });
});

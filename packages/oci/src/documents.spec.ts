import { OciError, type OciErrorCode } from './error.js';
import { isDigest, parseDigest, type Digest } from './digest.js';
import { parseImageConfig } from './image-config.js';
import { parseJson, VALUE_LIMIT } from './json.js';
import { parseDocument, parseIndex, parseManifest } from './manifest.js';
import { formatPlatform, parsePlatform, platformMatches } from './platform.js';
import { selectManifest } from './select-manifest.js';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const DESCRIPTOR = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: DIGEST, size: 1 };
const OCI = 'application/vnd.oci.image.';
const DOCKER = 'application/vnd.docker.distribution.manifest.';
const MANIFEST = { schemaVersion: 2, config: DESCRIPTOR, layers: [DESCRIPTOR] };
const INDEX = { schemaVersion: 2, manifests: [DESCRIPTOR] };

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function codeOf(work: () => unknown): OciErrorCode | 'none' {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof OciError) return error.code;
    throw error;
  }
}

describe('a text that is not a digest', () => {
  it.each([
    '',
    'sha256:',
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}\n`,
    `sha256:../${'a'.repeat(61)}`,
    `sha512:${'a'.repeat(128)}`,
    `md5:${'a'.repeat(32)}`,
    `x/sha256:${'a'.repeat(64)}`,
  ])('is refused: %j', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow('expected a digest as sha256:<64 hex digits>');
  });
});

describe('content, mediaType and Content-Type of a document must agree (CVE-2021-41190)', () => {
  it.each<[string, object, string | undefined, string]>([
    ['a bare OCI manifest', MANIFEST, undefined, 'manifest'],
    ['a bare index', INDEX, undefined, 'index'],
    ['a manifest from a plain file server', MANIFEST, 'application/octet-stream', 'manifest'],
    [
      'a Docker manifest',
      { ...MANIFEST, mediaType: `${DOCKER}v2+json` },
      `${DOCKER}v2+json; charset=utf-8`,
      'manifest',
    ],
    ['a Docker list', { ...INDEX, mediaType: `${DOCKER}list.v2+json` }, `${DOCKER}list.v2+json`, 'index'],
    ['an OCI index', { ...INDEX, mediaType: `${OCI}index.v1+json` }, `${OCI}index.v1+json`, 'index'],
    ['both at once', { ...MANIFEST, ...INDEX }, undefined, 'media-type'],
    ['an index with a config', { ...INDEX, config: DESCRIPTOR }, undefined, 'media-type'],
    [
      'a manifest that says it is an index',
      { ...MANIFEST, mediaType: `${OCI}index.v1+json` },
      undefined,
      'media-type',
    ],
    [
      'an index that says it is a manifest',
      { ...INDEX, mediaType: `${OCI}manifest.v1+json` },
      undefined,
      'media-type',
    ],
    ['a manifest that came as an index', MANIFEST, `${OCI}index.v1+json`, 'media-type'],
    ['an index that came as a manifest', INDEX, `${DOCKER}v2+json`, 'media-type'],
    [
      'OCI that came as Docker',
      { ...MANIFEST, mediaType: `${OCI}manifest.v1+json` },
      `${DOCKER}v2+json`,
      'media-type',
    ],
    ['an unknown type', { ...MANIFEST, mediaType: 'application/x' }, undefined, 'media-type'],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, `${DOCKER}v1+prettyjws`, 'media-type'],
  ])('%s', (_, document, contentType, expected) => {
    const kind = () => parseDocument(json(document), contentType).kind;
    expect(expected === 'media-type' ? codeOf(kind) : kind()).toBe(expected);
  });

  it('an index is refused where a manifest is expected, and the other way round', () => {
    expect(codeOf(() => parseManifest(json(INDEX)))).toBe('media-type');
    expect(codeOf(() => parseIndex(json(MANIFEST)))).toBe('media-type');
  });
});

describe('an odd document that other clients read', () => {
  it.each<[string, object, number]>([
    ['layers that are null', { config: DESCRIPTOR, layers: null }, 0],
    ['no layers', { config: DESCRIPTOR }, 0],
    ['an empty mediaType', { ...MANIFEST, mediaType: '' }, 1],
    ['no schemaVersion', { config: DESCRIPTOR, layers: [DESCRIPTOR] }, 1],
    [
      'null in annotations, urls and platform',
      {
        ...MANIFEST,
        layers: [{ ...DESCRIPTOR, annotations: { a: null }, urls: null, platform: null }],
      },
      1,
    ],
    ['annotations that are null', { ...MANIFEST, annotations: null, subject: null }, 1],
  ])('is a manifest: %s', (_, document, layers) => {
    expect(parseManifest(json(document)).layers).toHaveLength(layers);
  });

  it.each([{}, { rootfs: null }, { rootfs: { type: 'layers', diff_ids: null } }])(
    'is a config without layers: %j',
    (config) => expect(parseImageConfig(json(config)).diffIDs).toEqual([]),
  );

  it('is an index without manifests', () => {
    expect(parseIndex(json({ manifests: null })).manifests).toEqual([]);
  });
});

describe('a hostile document', () => {
  it.each<[string, unknown, OciErrorCode]>([
    ['a list', [], 'invalid-json'],
    ['null', null, 'invalid-json'],
    ['layers that are no list', { config: DESCRIPTOR, layers: {} }, 'invalid-json'],
    ['no config', { layers: [] }, 'invalid-json'],
    [
      'a digest with a path',
      { ...MANIFEST, layers: [{ ...DESCRIPTOR, digest: 'sha256:../../x' }] },
      'invalid-digest',
    ],
    ['an unknown algorithm', { ...MANIFEST, config: { ...DESCRIPTOR, digest: 'md5:0' } }, 'invalid-digest'],
    ['a negative size', { ...MANIFEST, layers: [{ ...DESCRIPTOR, size: -1 }] }, 'invalid-json'],
    ['a size beyond 2^53', { ...MANIFEST, layers: [{ ...DESCRIPTOR, size: 2 ** 60 }] }, 'invalid-json'],
    ['a size as text', { ...MANIFEST, layers: [{ ...DESCRIPTOR, size: '1' }] }, 'invalid-json'],
    ['a foreign layer', { ...MANIFEST, layers: [{ ...DESCRIPTOR, urls: ['https://x/'] }] }, 'foreign-layer'],
    ['too many layers', { ...MANIFEST, layers: Array(1001).fill(DESCRIPTOR) }, 'too-large'],
  ])('is refused: %s', (_, document, code) => {
    expect(codeOf(() => parseManifest(json(document)))).toBe(code);
  });

  it('is limited in bytes and in depth', () => {
    expect(codeOf(() => parseJson(Buffer.alloc(11, ' '), 'x', 10))).toBe('too-large');
    expect(codeOf(() => parseJson(Buffer.from('['.repeat(100) + ']'.repeat(100)), 'x'))).toBe('invalid-json');
    expect(codeOf(() => parseJson(Buffer.from('['.repeat(1e6)), 'x'))).toBe('invalid-json');
  });

  it('is limited in values, which take a hundred times their text in memory; commas in texts are none', () => {
    const most = (limit: number, body: string) => () => parseJson(Buffer.from(body), 'x', limit);
    const [few, many] = [VALUE_LIMIT, VALUE_LIMIT + 1];
    expect(codeOf(most(1 << 24, `[${'{},'.repeat(many)}{}]`))).toBe('too-large');
    expect(codeOf(most(1 << 24, `[${'0,'.repeat(few)}0]`))).toBe('too-large');
    expect(most(1 << 24, `["${',[{\\"\\\\'.repeat(few / 2)}"]`)()).toHaveLength(1);
  });

  it('does not reach Object.prototype by a __proto__ key', () => {
    const text = '{"__proto__":{"polluted":1},"constructor":2}';
    const parsed = parseJson(Buffer.from(text), 'x') as Record<string, unknown>;
    expect(Object.getPrototypeOf(parsed)).toBeNull();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(parsed)).toEqual(['__proto__', 'constructor']);
  });

  it('is refused as a config whose diff IDs are no list, or are paths', () => {
    expect(codeOf(() => parseImageConfig(json({ rootfs: { diff_ids: {} } })))).toBe('invalid-json');
    expect(codeOf(() => parseImageConfig(json({ rootfs: [] })))).toBe('invalid-json');
    expect(codeOf(() => parseImageConfig(json({ rootfs: { diff_ids: ['../x'] } })))).toBe('invalid-digest');
  });
});

describe('platforms', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm/v6', 'linux/arm/v6'],
    ['linux/riscv64', 'linux/riscv64'],
  ])('%s is read as %s', (text, canonical) => expect(formatPlatform(parsePlatform(text))).toBe(canonical));

  it.each(['', 'linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'Linux/amd64', 'linux/../x'])(
    '%j is refused',
    (text) => expect(codeOf(() => parsePlatform(text))).toBe('invalid-platform'),
  );

  const indexOf = (...platforms: string[]) => ({
    manifests: platforms.map((text, i) => {
      const [os, architecture, variant] = text.split('/');
      return { ...DESCRIPTOR, size: i, platform: { os, architecture, ...(variant ? { variant } : {}) } };
    }),
  });

  it.each([
    ['linux/amd64', ['linux/arm64', 'linux/amd64'], 1],
    ['linux/amd64', ['linux/amd64/v3', 'linux/amd64'], 1],
    ['linux/amd64', ['linux/amd64', 'linux/amd64'], 0],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2'], 1],
    ['linux/arm64', ['linux/arm/v7', 'linux/arm64/v8'], 1],
    ['linux/arm64/v8', ['linux/arm64'], 0],
    ['linux/arm', ['linux/arm/v5', 'linux/arm/v6', 'linux/arm/v7'], 2],
    ['linux/arm/v6', ['linux/arm/v7', 'linux/arm/v5'], 1],
    ['linux/amd64', ['unknown/unknown', 'windows/amd64', 'linux/amd64'], 2],
    ['linux/amd64', ['linux/x86_64'], 0],
    ['linux/arm64', ['Linux/AARCH64'], 0],
  ])('%s selects the right one of %j', (wanted, available, expected) => {
    expect(selectManifest(indexOf(...available), parsePlatform(wanted)).size).toBe(expected);
  });

  it.each([
    ['linux/amd64', ['linux/arm64', 'linux/arm64', 'unknown/unknown'], 'available: linux/arm64'],
    ['linux/arm/v6', ['linux/arm/v7'], 'available: linux/arm/v7'],
    ['linux/amd64', [], 'available: none'],
  ])('%s matches none of %j, and the error lists them: %s', (wanted, available, message) => {
    expect(() => selectManifest(indexOf(...available), parsePlatform(wanted))).toThrow(message);
  });

  it('in a config may lack the variant, but not the architecture', () => {
    expect(platformMatches(parsePlatform('linux/arm/v7'), { os: 'linux', architecture: 'arm' })).toBe(true);
    expect(
      platformMatches(parsePlatform('linux/arm/v6'), { os: 'linux', architecture: 'arm', variant: 'v7' }),
    ).toBe(false);
    expect(platformMatches(parsePlatform('linux/amd64'), { os: '', architecture: '' })).toBe(false);
  });
});

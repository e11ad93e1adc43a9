import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  dockerArchiveOf,
  indexOf,
  layoutOf,
  ociArchiveOf,
  randomImage,
  tarOf,
  type TestEntry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { AMD64, ARM64 } from '../__tests__/platforms.js';
import { digestOf, hexOf } from '../digest.js';
import { parseManifest } from '../manifest.js';
import { parseReference } from '../reference.js';
import { collect } from '../verify.js';
import { openImageSource } from './open.js';

let dir: string;
let image: TestImage;
let arm: TestImage;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'oci-sources-spec-'));
  image = await randomImage(1, { layers: [{ size: 100_000 }, {}] });
  arm = await randomImage(2, { platform: ARM64 });
  layoutOf(image, join(dir, 'layout'));
  layoutOf(
    [
      { image, name: 'one' },
      { image: indexOf([image, arm]), name: 'registry.example/team/both:2' },
    ],
    join(dir, 'named'),
  );
  layoutOf([{ image }, { image: arm }], join(dir, 'platforms'));
  await ociArchiveOf(image, join(dir, 'image.tar'));
  writeFileSync(join(dir, 'image.tar.gz'), gzipSync(readFileSync(join(dir, 'image.tar'))));
  await dockerArchiveOf(image, join(dir, 'saved.tar'), ['team/app:1', 'docker.io/library/app:latest']);
  writeFileSync(join(dir, 'saved.tar.gz'), gzipSync(readFileSync(join(dir, 'saved.tar'))));
});

afterAll(() => rmSync(dir, { recursive: true }));

async function readAll(reference: string, platform = AMD64) {
  const source = await openImageSource(parseReference(reference), { base: dir, temp: join(dir, 'temp') });
  try {
    const resolved = await source.resolve(platform);
    const layers: Buffer[] = [];
    for (const layer of parseManifest(resolved.manifest).layers) {
      layers.push(await collect(source.blob(layer), layer.size, 'layer'));
      const rest = await collect(source.blob(layer, 10), layer.size, 'layer');
      expect(rest.equals(layers[layers.length - 1].subarray(10))).toBe(true);
    }
    return { resolved, layers, identity: await source.identify() };
  } finally {
    await source.close();
  }
}

describe('an OCI image layout', () => {
  it.each([
    'oci:layout',
    'oci:named:one',
    'oci:named:2',
    'oci:named:registry.example/team/both:2',
    'oci:platforms',
    'oci-archive:image.tar',
    'oci-archive:image.tar.gz',
  ])('%s returns the manifest and the layers byte by byte', async (reference) => {
    const { resolved, layers } = await readAll(reference);
    expect(resolved.digest).toBe(image.manifest.descriptor.digest);
    expect(layers.map((bytes, i) => bytes.equals(image.layers[i].bytes))).toEqual([true, true]);
  });

  it('returns the image for another platform of an index, and an image by its digest', async () => {
    const { digest } = arm.manifest.descriptor;
    expect((await readAll('oci:named:2', ARM64)).resolved.digest).toBe(digest);
    expect((await readAll('oci:platforms', ARM64)).resolved).not.toHaveProperty('index');
    expect((await readAll(`oci:named@${digest}`, ARM64)).resolved.digest).toBe(digest);
  });

  it.each([
    ['oci:absent', 'not-found', /no index.json/],
    ['oci-archive:absent.tar', 'not-found', /no archive/],
    ['oci:named', 'not-found', /has 2 images, expected one; it has: one, registry.example/],
    ['oci:named:three', 'not-found', /no image named "three"; it has: one/],
    [`oci:layout@sha256:${'0'.repeat(64)}`, 'not-found', /lacks the blob/],
  ])('%s is refused as %s', async (reference, code, message) => {
    await expect(readAll(reference)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('that appears after a failed call is found by the next call', async () => {
    const source = await openImageSource(parseReference('oci-archive:late.tar'), { base: dir });
    await expect(source.resolve(AMD64)).rejects.toMatchObject({ code: 'not-found' });
    await ociArchiveOf(image, join(dir, 'late.tar'));
    expect((await source.resolve(AMD64)).digest).toBe(image.manifest.descriptor.digest);
    await source.close();
  });

  it('with a blob that was changed on disk is refused', async () => {
    layoutOf(image, join(dir, 'changed'));
    const path = join(dir, 'changed', 'blobs', 'sha256', hexOf(image.layers[0].descriptor.digest));
    const bytes = readFileSync(path);
    bytes[100] ^= 1;
    writeFileSync(path, bytes);
    await expect(readAll('oci:changed')).rejects.toMatchObject({
      code: 'digest-mismatch',
      message: expect.stringMatching(`^oci:changed: .*${image.layers[0].descriptor.digest}`),
    });
  });

  /** Writes the image as a layout, with another index.json. */
  const withIndex = (name: string, change: (entry: { size: number; platform?: object }) => object[]) => {
    layoutOf(image, join(dir, name));
    const path = join(dir, name, 'index.json');
    const index = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...index, manifests: change(index.manifests[0]) }));
  };

  it('whose index.json names another size than the manifest has is refused', async () => {
    withIndex('sized', (entry) => [{ ...entry, size: entry.size + 1 }]);
    await expect(readAll('oci:sized')).rejects.toMatchObject({
      code: 'size-mismatch',
      message: expect.stringContaining('that index.json names'),
    });
  });

  it.each<[string, object[] | null, string]>([
    ['null', null, 'not-found'],
    ['an empty list', [], 'not-found'],
  ])('whose index.json has %s as manifests has no image', async (_, manifests, code) => {
    withIndex('none', () => []);
    writeFileSync(join(dir, 'none', 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    await expect(readAll('oci:none')).rejects.toMatchObject({ code });
  });

  describe('with an index that names no platforms', () => {
    const withNested = (name: string, ...images: TestImage[]) => {
      layoutOf(image, join(dir, name));
      const blob = (bytes: Buffer) => {
        writeFileSync(join(dir, name, 'blobs', 'sha256', hexOf(digestOf(bytes))), bytes);
        return { digest: digestOf(bytes), size: bytes.length };
      };
      for (const { manifest, config, layers } of images)
        for (const { bytes } of [manifest, config, ...layers]) blob(bytes);
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      const manifests = images.map(({ manifest }) => manifest.descriptor);
      const index = blob(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })));
      const entry = { mediaType, ...index };
      writeFileSync(join(dir, name, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
    };

    it('is read by what the configs say', async () => {
      withNested('unnamed', arm, image);
      const { resolved } = await readAll('oci:unnamed');
      expect(resolved.digest).toBe(image.manifest.descriptor.digest);
      expect((await readAll('oci:unnamed', ARM64)).resolved.digest).toBe(arm.manifest.descriptor.digest);
    });

    it('and no image for the platform is refused', async () => {
      withNested('one', arm);
      await expect(readAll('oci:one')).rejects.toMatchObject({ code: 'platform-mismatch' });
      withNested('two', arm, arm);
      await expect(readAll('oci:two')).rejects.toMatchObject({
        code: 'unknown-platform',
        message: expect.stringContaining('is for linux/arm64'),
      });
    });
  });
});

describe('an archive of docker save', () => {
  it.each([
    'saved.tar',
    'saved.tar.gz',
    'saved.tar:team/app:1',
    'saved.tar:docker.io/team/app:1',
    'saved.tar:app',
  ])('docker-archive:%s returns uncompressed layers and always the same manifest', async (path) => {
    const { resolved, layers, identity } = await readAll(`docker-archive:${path}`);
    expect(resolved.imageID).toBe(image.config.descriptor.digest);
    expect(identity).toBe(resolved.digest);
    expect(layers.map((bytes, i) => bytes.equals(image.layers[i].plain))).toEqual([true, true]);
    expect(parseManifest(resolved.manifest).layers.map(({ digest }) => digest)).toEqual(
      image.layers.map(({ diffID }) => diffID),
    );
    expect(resolved.digest).toBe((await readAll('docker-archive:saved.tar')).resolved.digest);
  });

  const archive = async (entries: readonly TestEntry[]) => {
    writeFileSync(join(dir, 'made.tar'), await tarOf(entries));
    return readAll('docker-archive:made.tar');
  };
  const config = () => ({ name: 'config.json', body: image.config.bytes });
  const manifest = (Layers: string[], Config = 'config.json') => ({
    name: 'manifest.json',
    body: JSON.stringify([{ Config, RepoTags: null, Layers }]),
  });

  it('may have symlinks and hard links within the archive, names with ./ and compressed layers', async () => {
    const { layers } = await archive([
      config(),
      { name: './a/layer.tar', body: image.layers[0].bytes },
      { name: 'b/layer.tar', type: 'symlink', linkname: '../a/layer.tar' },
      { name: 'plain.tar', body: image.layers[1].plain },
      { name: 'c.tar', type: 'link', linkname: 'plain.tar' },
      manifest(['b/layer.tar', 'c.tar']),
    ]);
    expect(layers.map((bytes) => bytes.length)).toEqual([
      image.layers[0].bytes.length,
      image.layers[1].plain.length,
    ]);
  });

  it('may have names and link targets that are too long for a plain header', async () => {
    const long = `${'d/'.repeat(150)}layer.tar`;
    const { layers } = await archive([
      config(),
      { name: long, body: image.layers[0].plain },
      { name: 'b.tar', body: image.layers[1].plain },
      { name: 'a.tar', type: 'link', linkname: long },
      manifest(['a.tar', 'b.tar']),
    ]);
    expect(layers.map((bytes, i) => bytes.equals(image.layers[i].plain))).toEqual([true, true]);
  });

  it.each([
    [
      'a layer that is a link out of the archive',
      { name: 'l', type: 'symlink', linkname: '/etc/passwd' } as const,
    ],
    ['a layer that is a link to itself', { name: 'l', type: 'symlink', linkname: 'l' } as const],
    ['a layer that is a folder', { name: 'l', type: 'directory' } as const],
  ])('with %s is refused without looking at the host', async (_, entry) => {
    await expect(archive([config(), entry, manifest(['l', 'l'])])).rejects.toMatchObject({
      code: 'invalid-archive',
    });
  });

  it('whose other tags are no references is found by its name', async () => {
    const { bytes } = image.config;
    const layers = image.layers.map(({ plain }, i) => ({ name: `${i}.tar`, body: plain }));
    const [Layers, Config] = [layers.map(({ name }) => name), 'config.json'];
    const list = [
      { Config, RepoTags: ['<none>:<none>', 'team/app:1'], Layers },
      { Config, RepoTags: ['UPPER CASE'], Layers },
    ];
    const entries = [{ name: 'config.json', body: bytes }, ...layers];
    const all = [...entries, { name: 'manifest.json', body: JSON.stringify(list) }];
    writeFileSync(join(dir, 'tagged.tar'), await tarOf(all));
    const { resolved } = await readAll('docker-archive:tagged.tar:team/app:1');
    expect(resolved.imageID).toBe(image.config.descriptor.digest);
  });

  it('whose layers differ from its config is refused', async () => {
    const [one] = image.layers;
    await expect(archive([config(), { name: 'l', body: one.plain }, manifest(['l'])])).rejects.toMatchObject({
      code: 'invalid-archive',
    });
    await expect(
      archive([config(), { name: 'l', body: one.plain }, manifest(['l', 'l'])]),
    ).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it.each([
    ['is cut within a layer', (bytes: Buffer) => bytes.subarray(0, 20_000), 'truncated'],
    ['lacks its end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1024), 'truncated'],
    ['is an empty file', () => Buffer.alloc(0), 'truncated'],
    ['is not a tar', () => Buffer.alloc(4096, 'x'), 'invalid-archive'],
    ['is compressed with xz', () => Buffer.from('fd377a585a000004e6d6b446', 'hex'), 'invalid-compression'],
    ['is compressed and cut short', (bytes: Buffer) => gzipSync(bytes).subarray(0, 5000), 'truncated'],
  ])('that %s is an error and leaves no temporary file', async (_, damage, code) => {
    writeFileSync(join(dir, 'damaged.tar'), damage(readFileSync(join(dir, 'saved.tar'))));
    await expect(readAll('docker-archive:damaged.tar')).rejects.toMatchObject({ code });
    expect(readdirSync(join(dir, 'temp'))).toEqual([]);
  });
});

describe('a path that is no file', () => {
  it.each(['oci-archive', 'docker-archive'])('is refused as %s', async (transport) => {
    mkdirSync(join(dir, 'folder'), { recursive: true });
    spawnSync('mkfifo', [join(dir, 'fifo')]);
    for (const path of ['folder', 'fifo']) {
      await expect(readAll(`${transport}:${path}`)).rejects.toMatchObject({
        code: 'invalid-archive',
        message: expect.stringContaining('is not a file'),
      });
    }
  });
});

import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { digestOf } from '@nx-linuxkit/oci';
import { jsonBlob, randomImage } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeEach(() => {
  workspace = new TestWorkspace();
});
afterEach(() => workspace.remove());

it('a store with only its blobs gives the same initrd as a whole store', async () => {
  await workspace.image('init', [[{ name: 'init', body: 'i' }], [{ name: 'etc/f', body: 'f' }]]);
  const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
  await workspace.build('os', 'init: [test/init]', ['kernel+initrd']);
  const whole = initrd();
  for (const lost of ['store/derived', 'store/tmp', '.linuxkit', 'dist'])
    rmSync(workspace.path(lost), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd().equals(whole)).toBe(true);
});

it('a part is the same whether its layer was read in the same build or in one before', async () => {
  const body = Array.from({ length: 60_000 }, (_, line) => `line ${line * 7919} of it\n`).join('');
  await workspace.image('init', [
    [
      { name: 'init', body: 'i' },
      { name: 'large', body },
    ],
  ]);
  const initrd = () => readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
  await workspace.build('os', 'init: [test/init]', ['kernel+initrd']);
  const sameBuild = initrd();
  for (const lost of ['store/derived/part', '.linuxkit', 'dist'])
    rmSync(workspace.path(lost), { recursive: true });
  await workspace.buildAgain('os', ['kernel+initrd']);
  expect(initrd().equals(sameBuild)).toBe(true);
});

describe.each([
  ['its checksum', (bytes: Buffer) => bytes.writeUInt8(bytes[bytes.length - 8]! ^ 1, bytes.length - 8)],
  ['a byte of it', (bytes: Buffer) => bytes.writeUInt8(bytes[20]! ^ 1, 20)],
  ['its time, which nothing else checks', (bytes: Buffer) => bytes.writeUInt8(bytes[4]! ^ 1, 4)],
])('a layer whose source gives it with %s changed', (_, change) => {
  it('is refused for its digest, and not kept', async () => {
    const { layers } = await workspace.image('init', [[{ name: 'init', body: 'i'.repeat(1000) }]]);
    const { digest } = layers[0]!.descriptor;
    const [source, stored] = ['images/init', 'store'].map((root) =>
      workspace.path(root, 'blobs', digest.replace(':', '/')),
    ) as [string, string];
    const bytes = readFileSync(source);
    change(bytes);
    chmodSync(source, 0o644);
    writeFileSync(source, bytes);
    await expect(workspace.build('os', 'init: [test/init]', ['kernel+initrd'])).rejects.toMatchObject({
      code: 'digest-mismatch',
      message: expect.stringContaining(`has the digest sha256:`) as string,
    });
    expect(existsSync(stored)).toBe(false);
  });
});

describe('a layer is what its blob is, whatever the store has', () => {
  const entries = (body: string) => [{ name: 'etc/secret', body }];

  /** An image whose config claims the diffID of another image's layer. */
  async function claiming(name: string, body: string, compression: 'gzip' | 'zstd' | 'none', lost = false) {
    const victim = await randomImage(1, { layers: [{ entries: entries('victim') }] });
    const own = await randomImage(2, { layers: [{ entries: entries(body), compression }] });
    const config = jsonBlob(own.config.descriptor.mediaType, {
      ...JSON.parse(own.config.bytes.toString()),
      rootfs: { type: 'layers', diff_ids: victim.layers.map(({ diffID }) => diffID) },
    });
    const manifest = jsonBlob(own.manifest.descriptor.mediaType, {
      ...JSON.parse(own.manifest.bytes.toString()),
      config: config.descriptor,
    });
    workspace.addImage(name, { ...own, config, manifest });
    const blob = own.layers[0]!.descriptor.digest.replace(':', '/');
    if (lost) rmSync(workspace.path('images', name, 'blobs', blob));
    return { layer: own.layers[0]!.descriptor.digest };
  }
  const build = (name: string) => workspace.build(name, `init: [test/${name}]`, ['tar', 'kernel+initrd']);

  beforeEach(() => workspace.image('victim', [entries('victim')]));

  it.each(['gzip', 'zstd', 'none'] as const)('a %s blob that claims another diffID', async (compression) => {
    const { layer } = await claiming('liar', 'liar', compression);
    const refused = {
      code: 'bad-image',
      message: expect.stringMatching(
        `^image oci:images/liar\\S*: layer ${layer}: it holds sha256:`,
      ) as string,
    };
    await expect(build('liar')).rejects.toMatchObject(refused);
    await build('victim');
    await expect(build('liar')).rejects.toMatchObject(refused);
    // Again: the second attempt finds whatever the first one has left in the store.
    await expect(build('liar')).rejects.toMatchObject(refused);
    expect(existsSync(workspace.path('dist/liar/tar'))).toBe(false);
    rmSync(workspace.path('store/derived/index'), { recursive: true });
    await expect(build('liar')).rejects.toMatchObject(refused);
    await build('victim');
    expect((await workspace.tar('victim')).get('etc/secret')).toBeDefined();
  });

  it.each(['gzip', 'none'] as const)('a %s blob that exists nowhere', async (compression) => {
    await claiming('ghost', 'ghost', compression, true);
    await expect(build('ghost')).rejects.toMatchObject({ code: 'not-found' });
    await build('victim');
    await expect(build('ghost')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('two blobs of one layer are both read', async () => {
    for (const compression of ['gzip', 'none', 'zstd'] as const) {
      const image = await randomImage(3, { layers: [{ entries: entries('same'), compression }] });
      workspace.addImage(compression, image);
      await build(compression);
      expect((await workspace.initrd(compression)).tree.get('etc/secret')).toBeDefined();
    }
  });
});

it('a first build with an empty uncompressed layer says nothing of damage', async () => {
  const full = await randomImage(1, {
    layers: [{ entries: [{ name: 'init', body: 'i' }], compression: 'none' }],
  });
  const empty = Buffer.alloc(0);
  const layer = { ...full.layers[0]!, ...{ bytes: empty, plain: empty, diffID: digestOf(empty) } };
  const { mediaType } = layer.descriptor;
  const descriptor = { mediaType, digest: digestOf(empty), size: 0 };
  const config = jsonBlob(full.config.descriptor.mediaType, {
    ...JSON.parse(full.config.bytes.toString()),
    rootfs: { type: 'layers', diff_ids: [layer.diffID, full.layers[0]!.diffID] },
  });
  const manifest = jsonBlob(full.manifest.descriptor.mediaType, {
    ...JSON.parse(full.manifest.bytes.toString()),
    config: config.descriptor,
    layers: [descriptor, full.layers[0]!.descriptor],
  });
  workspace.addImage('empty', {
    ...full,
    config,
    manifest,
    layers: [{ ...layer, descriptor }, ...full.layers],
  });
  const log = await workspace.build('os', 'init: [test/empty]', ['kernel+initrd', 'tar']);
  expect(log.filter((line) => /missing|damaged/.test(line))).toEqual([]);
});

it('an error about a member names image, layer and member', async () => {
  const { layers } = await workspace.image('odd', [
    [
      { name: 'ok', body: 'x' },
      { name: '../up', body: 'x' },
    ],
  ]);
  await expect(workspace.build('os', 'init: [test/odd]', ['tar'])).rejects.toMatchObject({
    code: 'unsafe-path',
    message: expect.stringMatching(
      `^image oci:images/odd\\S*: layer ${layers[0]!.descriptor.digest}: tar member "../up" at byte \\d+: `,
    ) as string,
  });
});

it('an error about two layers names the image too', async () => {
  await workspace.image('odd', [[{ name: 'l', type: 'link', linkname: 'nowhere' }]]);
  await expect(workspace.build('os', 'init: [test/odd]', ['tar'])).rejects.toMatchObject({
    code: 'link-target',
    message: expect.stringMatching(/^image oci:images\/odd\S*: layer sha256:\w+: "l": /) as string,
  });
});

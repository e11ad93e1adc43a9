import { indexOf, randomImage, type TestIndex } from '@nx-linuxkit/testing';
import { readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
let multi: TestIndex;
const PLATFORMS = ['amd64', 'arm64', 'riscv64'];

beforeAll(async () => {
  workspace = new TestWorkspace();
  const images = PLATFORMS.map((architecture, i) =>
    randomImage(i + 1, { platform: { os: 'linux', architecture }, layers: [{ files: 2 }] }),
  );
  multi = indexOf(await Promise.all(images));
  workspace.addImage('multi', multi);
  workspace.addImage('single', multi.images[0]);
  await workspace.image('app', [[{ name: 'app', body: 'app' }]]);
});
afterAll(() => workspace.remove());

const VOLUME = 'containers/volumes/data';

/** Builds a system with one volume, and gives its tree, which tar and initrd must share. */
async function volume(name: string, stanza: string): Promise<Tree> {
  await workspace.build(name, `volumes:\n  - {name: data, ${stanza}}\n`, ['tar', 'kernel+initrd']);
  const tree = await workspace.tar(name);
  const { tree: initrd, lost } = await workspace.initrd(name);
  expect(lost).toEqual([]);
  expect(pathsOf(initrd)).toEqual(pathsOf(tree));
  return tree;
}

/** Paths without the root, which only an initrd has when nothing sets its metadata. */
function pathsOf(tree: Tree): string[] {
  return tree
    .entries()
    .map(({ path }) => path)
    .filter((path) => path !== '');
}

async function json(tree: Tree, path: string) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(`${VOLUME}/lower/${path}`)!.content!)) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

const pathOf = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
const blobs = (tree: Tree) => tree.children(`${VOLUME}/lower/blobs/sha256`);
const digests = (...images: TestIndex['images']) =>
  images.flatMap(({ manifest, config, layers }) =>
    [manifest, config, ...layers].map(({ descriptor }) => descriptor.digest.slice(7)),
  );

it('a blank volume is three directories', async () => {
  const tree = await volume('blank', 'format: filesystem');
  expect(tree.children(VOLUME)).toEqual(['lower', 'merged', 'tmp']);
  expect(['', '/lower', '/merged', '/tmp'].map((path) => tree.get(VOLUME + path)?.mode)).toEqual(
    Array(4).fill(0o755),
  );
  expect(tree.children(`${VOLUME}/lower`)).toEqual([]);
});

it('a volume from an image has its files in lower, with the rules of the root', async () => {
  const tree = await volume('filled', 'image: test/app');
  expect(tree.children(VOLUME)).toEqual(['lower', 'merged', 'tmp']);
  expect(tree.children(`${VOLUME}/lower`)).toEqual(['app', 'dev', 'etc', 'proc', 'sys']);
  expect(tree.get(`${VOLUME}/lower/etc/resolv.conf`)?.target).toBe('/run/resolvconf/resolv.conf');
});

describe('format: oci', () => {
  it('holds every platform under the original index, and times of zero', async () => {
    const tree = await volume('all', 'image: test/multi, format: oci');
    const { digest, size, mediaType } = multi.index.descriptor;
    expect(blobs(tree)).toEqual([...digests(...multi.images), digest.slice(7)].sort());
    expect(await json(tree, 'oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    expect((await json(tree, 'index.json')).manifests).toEqual([
      {
        ...{ mediaType, digest, size },
        annotations: { 'org.opencontainers.image.ref.name': 'docker.io/test/multi' },
      },
    ]);
    const below = tree.entries().filter(({ path }) => path.startsWith(`${VOLUME}/lower/`));
    expect(new Set(below.map(({ inode }) => inode.mtime))).toEqual(new Set([0]));
  });

  it('with platforms the index lists those platforms and no other', async () => {
    const tree = await volume(
      'some',
      'image: test/multi, format: oci, platforms: [linux/arm64, linux/amd64]',
    );
    const [{ digest }] = (await json(tree, 'index.json')).manifests;
    const index = await json(tree, pathOf(digest));
    const [amd64, arm64] = multi.images;
    expect(index.manifests.map((manifest: { digest: string }) => manifest.digest)).toEqual(
      [amd64, arm64].map(({ manifest }) => manifest.descriptor.digest),
    );
    expect(blobs(tree)).toEqual([...digests(amd64, arm64), digest.slice(7)].sort());
  });

  it('an image without an index has its one manifest', async () => {
    const tree = await volume('single', 'image: test/single, format: oci, platforms: [linux/amd64]');
    expect(blobs(tree)).toEqual(digests(multi.images[0]).sort());
    const [{ digest }] = (await json(tree, 'index.json')).manifests;
    expect(digest).toBe(multi.images[0].manifest.descriptor.digest);
  });

  it.each([
    [
      'an index that lacks the platform',
      'multi',
      'unknown-platform',
      /available: linux\/amd64, linux\/arm64/,
    ],
    [
      'an image without an index',
      'single',
      'unsupported',
      /has linux\/amd64 only, its volume wants linux\/s390x/,
    ],
  ])('%s is an error', async (_, image, code, message) => {
    const stanza = `image: test/${image}, format: oci, platforms: [linux/s390x]`;
    await expect(volume(`error-${image}`, stanza)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

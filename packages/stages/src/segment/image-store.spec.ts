import { createHash } from 'node:crypto';
import { readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  const base = [{ name: 'base', body: 'in both images' }];
  await workspace.image('a', [base, [{ name: 'a', body: 'of a' }]]);
  await workspace.image('init', [
    ['usr/lib/linuxkit/images.sh', 'usr/bin/containerd'].map((name) => ({ name, body: '' })),
  ]);
  await workspace.image('b', [base, [{ name: 'b', body: 'of b' }]]);
});
afterAll(() => workspace.remove());

const STORE = 'containers/images';
const YAML = `
imageStore: containerd
init: [test/init]
onboot: [{ name: first, image: test/a }]
services:
  - { name: left, image: test/b }
  - { name: right, image: test/c, readonly: true }
`;

async function textOf(tree: Tree, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(path)!.content!)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

it('services are images in a folder with the layers that they share once, and their bundles have no files of images', async () => {
  const base = [{ name: 'base', body: 'in both images' }];
  await workspace.image('c', [base, [{ name: 'c', body: 'of c' }]]);
  await workspace.build('stored', YAML, ['tar', 'kernel+initrd']);
  const tree = await workspace.tar('stored');
  const { tree: initrd, lost } = await workspace.initrd('stored');
  expect(lost).toEqual([]);
  const paths = (one: Tree) => one.entries().flatMap(({ path }) => (path === '' ? [] : [path]));
  expect(paths(initrd)).toEqual(paths(tree));

  expect(tree.children('containers/services/left')).toEqual([
    'config.json',
    'lower',
    'rootfs',
    'runtime.json',
    'tmp',
  ]);
  expect(tree.children('containers/services/left/lower')).toEqual([]);
  expect(tree.children('containers/services/right')).toEqual(['config.json', 'rootfs', 'runtime.json']);
  expect(tree.children('containers/onboot/000-first/lower')).toContain('a');
  expect(tree.children(`${STORE}/rules/etc`)).toEqual(['hosts', 'mtab', 'resolv.conf']);
  // A manifest, a config and a layer of each image, and the layer that both have.
  expect(tree.children(`${STORE}/blobs/sha256`)).toHaveLength(7);

  const [name, chain, root, descriptor] = (await textOf(tree, `${STORE}/list/right`)).split('\n');
  const { digest, annotations } = JSON.parse(descriptor);
  expect(annotations).toEqual({ 'io.containerd.image.name': name });
  expect(name).toBe(`services/right@${digest}`);
  expect(root).toBe('/containers/services/right/rootfs');
  const blob = (of: string) => textOf(tree, `${STORE}/blobs/sha256/${of.slice('sha256:'.length)}`);
  const manifest = await blob(digest);
  expect(sha256(manifest)).toBe(digest);
  const config = JSON.parse(await blob(JSON.parse(manifest).config.digest));
  const [first, second] = config.rootfs.diff_ids;
  expect(chain).toBe(sha256(`${first} ${second}`));
});

it('a system with another env has the same images in its store', async () => {
  await workspace.build('plain', YAML, ['tar']);
  await workspace.build('changed', YAML.replace('image: test/b', 'image: test/b, env: [A=b]'), ['tar']);
  const [plain, changed] = [await workspace.tar('plain'), await workspace.tar('changed')];
  expect(changed.children(`${STORE}/list`)).toEqual(plain.children(`${STORE}/list`));
  for (const name of plain.children(`${STORE}/list`)) {
    expect(await textOf(changed, `${STORE}/list/${name}`)).toBe(await textOf(plain, `${STORE}/list/${name}`));
  }
});

it('a root without containerd, or with an init that imports nothing, is refused with the place in the YAML', async () => {
  await workspace.image('only-init', [[{ name: 'usr/lib/linuxkit/images.sh', body: '' }]]);
  for (const [init, path] of [
    ['a', 'usr/lib/linuxkit/images.sh'],
    ['only-init', 'usr/bin/containerd'],
  ]) {
    await expect(
      workspace.build(`without-${init}`, YAML.replace('test/init', `test/${init}`), ['tar']),
    ).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(`the root file system has no ${path}`),
      where: expect.objectContaining({ line: 2 }),
    });
  }
});

it('a service shares no root with a container that starts before containerd', async () => {
  await workspace.build('both', YAML.replace('image: test/a', 'image: test/b'), ['tar']);
  const tree = await workspace.tar('both');
  expect(tree.children('containers/onboot/000-first/lower')).toContain('b');
  expect(tree.children(`${STORE}/list`)).toEqual(['left', 'right']);
  expect(await textOf(tree, 'containers/services/left/runtime.json')).toContain(
    'lowerdir=/containers/services/left/lower',
  );
});

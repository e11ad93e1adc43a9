import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PackageFinder } from '../find-package.js';
import type { PackageImage } from '../image-node.js';
import type { Settings } from '../settings.js';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const OTHER = `sha256:${'2'.repeat(64)}`;
const lockOf = (reference: string, digest = DIGEST, platform = 'linux/amd64') =>
  JSON.stringify({ lockfileVersion: 1, images: { [reference]: { [platform]: { digest } } } });

const FILES = {
  'pkg/base/build.yml': 'image: base\n',
  'pkg/base/Dockerfile': 'FROM alpine:3\nCOPY a /\n',
  'pkg/base/a': '1',
  'pkg/base/build.lock.json': lockOf('alpine:3'),
  'pkg/app/build.yml': 'image: app\nbuildArgs: [V=1]\n',
  'pkg/app/Dockerfile': 'FROM linuxkit/base:any\nARG V\nLABEL v=$V\n',
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'package-planner-'));
  write(FILES);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const app: PackageImage = { kind: 'package', folder: 'pkg/app' };
const plan = (source = app, settings: Settings = {}, platform = 'linux/amd64') =>
  new PackageFinder(root, settings).plan(source, platform);
const keyOf = (source = app, settings: Settings = {}) => {
  const node = plan(source, settings)?.node;
  if (node?.source.kind !== 'package') throw new Error('no node');
  return node.source.dockerfile?.key;
};

test('a package of the workspace in FROM is a node below, whatever its tag', () => {
  const node = plan()?.node;
  expect(node).toMatchObject({ id: 'pkg@pkg-app', root: '.linuxkit/packages/pkg/app-amd64' });
  const bases = node?.source.kind === 'package' ? node.source.dockerfile?.bases : [];
  expect(bases).toMatchObject([{ reference: 'linuxkit/base:any', image: { id: 'pkg@pkg-base' } }]);
});

test('an image of a registry is a pulled node, by the digest of the lock for the platform', () => {
  write({ 'pkg/app/Dockerfile': 'FROM alpine:3\n', 'pkg/app/build.lock.json': lockOf('alpine:3') });
  const source = plan()?.node?.source;
  expect(source?.kind === 'package' && source.dockerfile?.bases[0].image.source).toEqual({
    kind: 'pulled',
    digest: DIGEST,
    from: 'alpine',
  });
  expect(plan(app, {}, 'linux/arm64')).toMatchObject({ unlocked: [{ reference: 'alpine:3' }] });
});

test('a name with a digest is an image of the registry, and so is a name that no package has', () => {
  write({ 'pkg/app/Dockerfile': `FROM linuxkit/base@${DIGEST}\nCOPY --from=acme/base:1 /a /\n` });
  expect(plan()?.unlocked.map(({ reference, where }) => [reference, where])).toEqual([
    [`linuxkit/base@${DIGEST}`, { file: 'pkg/app/Dockerfile', line: 1 }],
    ['acme/base:1', { file: 'pkg/app/Dockerfile', line: 2 }],
  ]);
});

test('packages are also named by their folders, by the option `images`, and looked for in `packages.folders`', () => {
  const below = (settings: Settings = {}) => {
    const source = plan(app, settings)?.node?.source;
    return source?.kind === 'package' && source.dockerfile?.bases.map(({ image }) => image.id);
  };
  write({ 'pkg/app/Dockerfile': 'FROM @lkt:pkg:../base\n' });
  expect(below()).toEqual(['pkg@pkg-base']);
  write({ 'pkg/app/Dockerfile': 'FROM mine\n' });
  expect(below({ images: { mine: '@pkg:pkg/base' } })).toEqual(['pkg@pkg-base']);
  write({ 'tools/x/build.yml': 'image: x\n', 'tools/x/Dockerfile': 'FROM scratch\n' });
  write({ 'pkg/app/Dockerfile': 'FROM linuxkit/x:1\n' });
  expect(plan()?.unlocked).toHaveLength(1);
  expect(below({ packages: { folders: ['tools'] } })).toEqual(['pkg@tools-x']);
});

test('what a package below is not locked for is not locked for those above', () => {
  rmSync(join(root, 'pkg/base/build.lock.json'));
  expect(plan()?.unlocked.map(({ reference, package: { folder } }) => [folder, reference])).toEqual([
    ['pkg/base', 'alpine:3'],
  ]);
});

test('packages that are built on each other are an error with all their names', () => {
  write({ 'pkg/base/Dockerfile': 'FROM linuxkit/app:1\n' });
  expect(() => plan()).toThrow(
    /packages are built on each other: pkg\/app\/build\.yml .* pkg\/base\/build\.yml/,
  );
});

describe('the key changes with', () => {
  test.each<[string, () => void]>([
    ['a build argument', () => write({ 'pkg/app/build.yml': 'image: app\nbuildArgs: [V=2]\n' })],
    ['`config`', () => write({ 'pkg/app/build.yml': 'image: app\nbuildArgs: [V=1]\nconfig: {net: host}\n' })],
    ['the name of a file', () => write({ 'pkg/app/new': '' })],
    ['a digest below', () => write({ 'pkg/base/build.lock.json': lockOf('alpine:3', OTHER) })],
    ['a mode below', () => chmodSync(join(root, 'pkg/base/a'), 0o755)],
  ])('%s', (_, change) => {
    const before = keyOf();
    change();
    expect(keyOf()).not.toBe(before);
  });

  test('the network only where a RUN may use it', () => {
    const withNetwork = (dockerfile: string) => {
      write({ 'pkg/app/Dockerfile': dockerfile });
      return ['false', 'true'].map((network) => {
        write({ 'pkg/app/build.yml': `image: app\nnetwork: ${network}\n` });
        return keyOf();
      });
    };
    const [without, with_] = withNetwork('FROM scratch\n');
    expect(without).toBe(with_);
    const [isolated, connected] = withNetwork('FROM linuxkit/base:1\nRUN x\n');
    expect(isolated).not.toBe(connected);
  });
});

describe('the key stays the same with', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['other bytes of a file, which Nx hashes', { 'pkg/base/a': '2' }],
    ['a comment in build.yml', { 'pkg/app/build.yml': '# why\nimage: app\nbuildArgs: [V=1]\n' }],
    ['a lock for another platform', { 'pkg/app/build.lock.json': lockOf('alpine:3') }],
    ['a lock that is being written', { 'pkg/app/build-x.lock.json.1-a.tmp': '{' }],
    ['what .dockerignore leaves out', { 'pkg/base/.dockerignore': '', 'pkg/app/build-x.lock.json': '{}' }],
  ])('%s', (_, files) => {
    if ('pkg/base/.dockerignore' in files) write({ 'pkg/base/.dockerignore': '*.md' });
    const before = keyOf();
    write('pkg/base/.dockerignore' in files ? { 'pkg/base/x.md': '' } : files);
    expect(keyOf()).toBe(before);
  });
});

test('images of depends.docker-images are pinned by the lock and are in the key, and not in the context', () => {
  const image = `alpine:3@${OTHER}`;
  write({
    'pkg/app/build.yml': `image: app\ndepends: { docker-images: { list: ['${image}'], target: saved.tar } }\n`,
    'pkg/app/Dockerfile': 'FROM scratch\nCOPY saved.tar /\n',
  });
  expect(plan()?.unlocked).toMatchObject([
    { reference: image, where: { file: 'pkg/app/build.yml', line: 2, column: 1 } },
  ]);
  write({ 'pkg/app/build.lock.json': lockOf(image) });
  const before = keyOf();
  write({ 'pkg/app/saved.tar': 'left by another tool' });
  expect(keyOf()).toBe(before);
  write({ 'pkg/app/build.lock.json': lockOf(image, OTHER) });
  expect(keyOf()).not.toBe(before);
});

test('a build argument can name a package below by its folder', () => {
  write({
    'pkg/app/build.yml': 'image: app\nbuildArgs: ["X_%=@lkt:pkgs:../b*"]\n',
    'pkg/app/Dockerfile': 'ARG X_LINUXKIT_BASE\nFROM $X_LINUXKIT_BASE\n',
  });
  const source = plan()?.node?.source;
  const bases = source?.kind === 'package' ? source.dockerfile?.bases : [];
  expect(bases?.map(({ image }) => image.id)).toEqual(['pkg@pkg-base']);
});

test.each([
  ['RUN of the Dockerfile', 'FROM linuxkit/base:any\nRUN x\n'],
  ['RUN in a trigger of an image below', 'FROM linuxkit/base:any\n'],
  ['RUN in a trigger of a stage below', 'FROM scratch AS a\nONBUILD RUN x\nFROM a\n'],
])('the network and the builder are in the key: %s', (_, dockerfile) => {
  const keyWith = (network: string, builder?: 'buildah') => {
    write({ 'pkg/app/build.yml': `image: app\n${network}`, 'pkg/app/Dockerfile': dockerfile });
    return keyOf(app, builder ? { packages: { builder } } : {});
  };
  const keys = [keyWith(''), keyWith('network: true\n'), keyWith('', 'buildah')];
  expect(new Set(keys).size).toBe(3);
  expect(keyWith('network: false\n')).toBe(keys[0]);
});

test('the platform of the builder is that of this machine, and in the key of what names it alone', () => {
  const on = (arch: string, read: () => unknown) => {
    const before = Object.getOwnPropertyDescriptor(process, 'arch')!;
    Object.defineProperty(process, 'arch', { ...before, value: arch });
    try {
      return read();
    } finally {
      Object.defineProperty(process, 'arch', before);
    }
  };
  write({
    'pkg/app/Dockerfile': 'FROM --platform=$BUILDPLATFORM go AS b\nFROM scratch\nCOPY --from=b /x /\n',
  });
  const platforms = () => plan()?.unlocked.map(({ platform }) => platform);
  expect([on('x64', platforms), on('arm64', platforms)]).toEqual([['linux/amd64'], ['linux/arm64']]);
  write({ 'pkg/app/Dockerfile': 'FROM scratch\nARG BUILDARCH\nLABEL a=$BUILDARCH\n' });
  expect(on('x64', keyOf)).not.toBe(on('arm64', keyOf));
  write({ 'pkg/app/Dockerfile': 'FROM scratch\nARG TARGETARCH\nLABEL a=$TARGETARCH\n' });
  expect(on('x64', keyOf)).toBe(on('arm64', keyOf));
});

test('SOURCE and PKG_IMAGE are set where the Dockerfile declares them, unless buildArgs sets them', () => {
  const args = (build: string, dockerfile: string) => {
    write({ 'pkg/app/build.yml': `image: app\n${build}`, 'pkg/app/Dockerfile': dockerfile });
    return plan()?.inputs.plan.build.args;
  };
  const declared = 'FROM scratch\nARG PKG_IMAGE SOURCE=x\n';
  expect(args('gitrepo: https://a\n', declared)).toEqual({
    PKG_IMAGE: 'linuxkit/app',
    SOURCE: 'https://a',
  });
  expect(args('buildArgs: [PKG_IMAGE=mine]\n', declared)).toEqual({ PKG_IMAGE: 'mine' });
  expect(args('', 'FROM scratch\nARG PKG_HASH\n')).toEqual({});
});

test('a variant has its own node and lock, and a plain Dockerfile needs no build.yml', () => {
  write({ 'pkg/app/build-x.yml': 'image: app-x\n', 'plain/Dockerfile': 'FROM scratch\n' });
  expect(plan({ ...app, file: 'build-x.yml' })?.node?.id).toBe('pkg@pkg-app-build-x');
  const packages = new PackageFinder(root);
  const where = { file: 'apps/os/linuxkit.yml' };
  expect(packages.find('@pkg:../../plain', where, where.file)).toEqual({
    kind: 'package',
    folder: 'plain',
    file: 'Dockerfile',
  });
  expect(packages.find('@pkg:pkg/app/build-x.yml', where, where.file)).toMatchObject({ file: 'build-x.yml' });
});

test.each([
  ['image: app\ndockerfile: Nothing\n', 'there is no Dockerfile Nothing'],
  ['image: app\ndockerfile: ../base/Dockerfile\n', 'leads out of the package'],
  ['image: app\ndockerfile: ..\n', 'leads out of the package'],
  ['image: app\ndockerfile: /etc/hosts\n', 'leads out of the package'],
  ['image: app\ndockerfile: .\n', 'there is no Dockerfile .'],
  ['image: app\nbuildArgs: ["V=a\\0b"]\n', 'expected NAME=value'],
  ['image: app\nextra-sources: ["a\\0:b"]\n', 'expected source:destination'],
  ['image: app\nbuildArgs: [V]\n', 'expected NAME=value'],
  ['image: app\nextra-sources: [a]\n', 'expected source:destination'],
  ['image: app\nextra-sources: ["a:../b"]\n', 'expected source:destination'],
  ['image: app\nextra-sources: ["nothing:b"]\n', 'extra-sources: there is nothing at'],
  ['image: app\ntrust: true\n', 'unknown key "trust"'],
  [
    'image: app\ndepends: {docker-images: {list: [a], target: x}}\n',
    'expected an image with a digest, got "a"',
  ],
])('refuses %j', (text, message) => {
  write({ 'pkg/app/build.yml': text });
  expect(() => plan()).toThrow(message);
});

test.each(['image: app\ncontents: {}\n', 'on: push\n', 'image: [a]\n'])(
  '%j describes no such package',
  (text) => {
    write({ 'pkg/app/build.yml': text });
    expect(plan()).toBeUndefined();
  },
);

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, pushTo, randomImage, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { buildPackage, openEnvironment, type Settings } from '../index.js';

const OUTPUT = '.linuxkit/packages/pkg/app-amd64/image';
const MANIFEST = join(OUTPUT, 'manifest.json');

let registry: TestRegistry;
let roots: string[];
beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await randomImage(1, { layers: 2 }), 'base:1');
});
afterAll(() => registry.stop());
beforeEach(() => {
  roots = [];
  registry.log.clear();
});
afterEach(() => roots.forEach((root) => rmSync(root, { recursive: true, force: true })));

/** A clone of the workspace, with a store of its own. `content` is what the package has. */
function clone(content: string, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'package-registry-'));
  roots.push(root);
  const all = {
    'pkg/app/build.yml': 'image: app\n',
    'pkg/app/Dockerfile': `FROM ${registry.host}/base:1\nCOPY a /\n`,
    'pkg/app/a': content,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function build(root: string, packages: Settings['packages'], more: Settings = {}, place = 'pkg/app') {
  const lines: string[] = [];
  const environment = openEnvironment(root, { packages, store: '.store', ...more });
  await buildPackage(environment, { place, frozen: false }, (line) => lines.push(line));
  return lines;
}

const cache = () => `${registry.host}/cache`;
const pushing = () => ({ registry: cache(), push: true });
const uploads = () => registry.log.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
const made = (lines: readonly string[]) => lines.filter((line) => line.startsWith('image '));

test('what one clone has built and pushed, another one takes as it is, and builds nothing', async () => {
  const [one, two] = [clone('shared'), clone('shared')];
  expect(made(await build(one, pushing()))).toEqual([
    expect.stringMatching(/^image pkg@pkg-app: pushed sha256:[0-9a-f]{64} to [^ ]*\/cache\/linuxkit\/app$/),
    expect.stringMatching(/^image pkg@pkg-app: [0-9a-f]{12}, [^,]*, [^,]*$/),
  ]);
  registry.log.clear();
  expect(made(await build(two, pushing()))).toEqual([
    expect.stringMatching(/^image pkg@pkg-app: [0-9a-f]{12}, .*, from its registry, /),
  ]);
  expect(uploads()).toEqual([]);
  expect(readFileSync(join(two, MANIFEST))).toEqual(readFileSync(join(one, MANIFEST)));
});

test('layers of the base image are mounted, and the output holds no layer', async () => {
  const root = clone('mounted');
  await build(root, pushing());
  const sent = registry.log.requests.filter(
    ({ method, path }) => method === 'PUT' && path.includes('/blobs/'),
  );
  // The layer with the file, and the config.
  expect(sent).toHaveLength(2);
  expect(readdirSync(join(root, OUTPUT)).sort()).toEqual(['config.json', 'manifest.json', 'stage.json']);
});

test('another file has another key, and without `push` nothing is pushed', async () => {
  await build(clone('first'), pushing());
  registry.log.clear();
  expect(made(await build(clone('second'), { registry: cache() }))).toHaveLength(1);
  expect(uploads()).toEqual([]);
  process.env.NX_LINUXKIT_PACKAGES_PUSH = 'true';
  try {
    expect(made(await build(clone('third'), { registry: cache() }))).toHaveLength(2);
  } finally {
    delete process.env.NX_LINUXKIT_PACKAGES_PUSH;
  }
});

test('without trust in caches an image is built again', async () => {
  await build(clone('doubted'), pushing());
  const lines = await build(clone('doubted'), pushing(), { trustedCache: false });
  expect(lines.join('\n')).not.toContain('from its registry');
});

test('a registry that is down costs one line, however many packages there are', async () => {
  const down = `localhost:${await freePort()}`;
  const root = clone('alone', {
    'pkg/top/build.yml': 'image: top\n',
    'pkg/top/Dockerfile': 'FROM linuxkit/app:any\nCOPY t /\n',
    'pkg/top/t': 't',
  });
  const lines = await build(root, { registry: `${down}/cache`, push: true }, {}, 'pkg/top');
  expect(lines.filter((line) => line.startsWith('packages.registry'))).toEqual([
    expect.stringMatching(new RegExp(`^packages.registry ${down}/cache: .*; packages are built here$`)),
  ]);
  expect(made(lines)).toHaveLength(2);
});

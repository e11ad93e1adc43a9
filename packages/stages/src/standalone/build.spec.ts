import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatLock } from '@nx-linuxkit/oci';
import {
  layoutOf,
  randomImage,
  startMemoryRegistry,
  type MemoryRegistry,
  type TestImage,
} from '@nx-linuxkit/testing';
import { treeOfTar } from '../__tests__/archive-tree.js';
import {
  GOLDEN_FORMATS,
  GOLDEN_SETTINGS,
  GOLDEN_YAML,
  copyGoldenFiles,
} from '../__tests__/golden-digests.js';
import type { Golden } from '../__tests__/golden-digests.js';
import { buildStandalone, openStandalone, type Settings, type StandaloneBuild } from './index.js';

const PLATFORM = 'linux/amd64';

let folder: string;
let registry: MemoryRegistry;
beforeAll(async () => (registry = await startMemoryRegistry()));
afterAll(() => registry.stop());
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-standalone-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const imageOf = (text: string, seed = 1): Promise<TestImage> =>
  randomImage(seed, { layers: [{ entries: [{ name: 'etc/text', body: text }] }] });

async function build(more: Partial<StandaloneBuild> = {}, settings: Settings = {}): Promise<string[]> {
  const lines: string[] = [];
  const environment = openStandalone({ folder, store: join(folder, 'store'), settings });
  const usual = {
    files: ['os.yml'],
    name: 'os',
    platform: PLATFORM,
    formats: ['tar'],
    packagesFrom: __filename,
  };
  await buildStandalone(environment, { ...usual, folder: join(folder, 'out'), ...more }, (line) =>
    lines.push(line),
  );
  return lines;
}

async function textIn(path = 'out/os.tar', entry = 'etc/text'): Promise<string | undefined> {
  const content = (await treeOfTar(join(folder, path))).get(entry)?.content;
  if (!content) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.source.read(content.offset, content.offset + content.size))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

it('gives the bytes of the graph, with every format in one folder', async () => {
  copyGoldenFiles(folder);
  write('golden/os.yml', GOLDEN_YAML);
  const files = ['golden/os.yml'];
  await build({ files, name: 'golden', formats: GOLDEN_FORMATS }, GOLDEN_SETTINGS);
  const golden = JSON.parse(readFileSync(join(__dirname, '../__fixtures__/golden.json'), 'utf8')) as Golden;
  const expected = Object.entries(golden.format.files)
    .filter(([path]) => path.startsWith('dist/golden/'))
    .map(([path, hash]) => [path.split('/').at(-1), hash]);
  const actual = readdirSync(join(folder, 'out')).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, 'out', name)))
      .digest('hex'),
  ]);
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
});

it('remembers what a name stands for, so that a second build asks no registry until it is told to', async () => {
  registry.add('a', '1', await imageOf('first'));
  write('os.yml', `init: ['${registry.host}/a:1']\n`);
  await build();
  expect(await textIn()).toBe('first');
  registry.add('a', '1', await imageOf('second', 2));
  const before = registry.accepted();
  await build();
  expect([registry.accepted(), await textIn()]).toEqual([before, 'first']);
  await build({ pull: true });
  expect(await textIn()).toBe('second');
});

it('obeys a lock beside the YAML, and writes nothing but the files of the formats', async () => {
  const [locked, now] = [await imageOf('locked'), await imageOf('now', 2)];
  registry.add('b', '0', locked);
  registry.add('b', '1', now);
  const reference = `${registry.host}/b:1`;
  const { digest } = locked.manifest.descriptor;
  write('in/os.yml', `init: ['${reference}']\n`);
  write(
    'in/os.lock.json',
    formatLock({ lockfileVersion: 1, images: { [reference]: { [PLATFORM]: { digest } } } }),
  );
  await build({ files: ['in/os.yml'], pull: true });
  expect(await textIn()).toBe('locked');
  expect(readdirSync(folder).sort()).toEqual(['in', 'out', 'store']);
  expect(readdirSync(join(folder, 'in'))).toEqual(['os.lock.json', 'os.yml']);
  expect(readdirSync(join(folder, 'out'))).toEqual(['os.tar']);
});

it('looks for a source in the working folder first, as LinuxKit does, then beside the YAML', async () => {
  write('images/os.yml', 'files: [{path: a, source: a}, {path: b, source: b}]\n');
  write('a', 'of the working folder');
  write('images/a', 'beside the YAML');
  write('images/b', 'beside the YAML');
  await build({ files: ['images/os.yml'] });
  expect([await textIn(undefined, 'a'), await textIn(undefined, 'b')]).toEqual([
    'of the working folder',
    'beside the YAML',
  ]);
});

it('merges files and standard input in order, and takes absolute paths', async () => {
  write('base.yml', 'files: [{path: a, contents: base}]\n');
  const input = 'files: [{path: a, contents: input}]\n';
  await build({ files: [join(folder, 'base.yml'), '-'], input, name: 'moby' });
  expect(await textIn('out/moby.tar', 'a')).toBe('input');
});

it('takes an image out of a layout that another program wrote, and keeps it', async () => {
  const name = 'docker.io/eve/pillar:abc';
  layoutOf([{ name, image: await imageOf('of the layout') }], join(folder, 'layout'));
  write('os.yml', 'init: [eve/pillar:abc]\n');
  await build({ layouts: [join(folder, 'layout')] });
  rmSync(join(folder, 'layout'), { recursive: true });
  await build();
  expect(await textIn()).toBe('of the layout');
});

it('a build that fails leaves the files of the last one, and no other', async () => {
  write('os.yml', 'files: [{path: a, contents: old}]\n');
  write('out/foreign', '');
  await build();
  write('os.yml', `init: ['${registry.host}/missing:1']\nfiles: [{path: a, contents: new}]\n`);
  await expect(build()).rejects.toMatchObject({ code: 'not-found', where: { file: 'os.yml', line: 1 } });
  expect(readdirSync(join(folder, 'out')).sort()).toEqual(['foreign', 'os.tar']);
  expect(await textIn(undefined, 'a')).toBe('old');
});

it('a size goes to the formats that have one', async () => {
  write('os.yml', 'outputs: [{format: tar}]\nfiles: [{path: a, contents: x}]\n');
  await build({ size: '2G', formats: undefined });
  expect(existsSync(join(folder, 'out/os.tar'))).toBe(true);
});

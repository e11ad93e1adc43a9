import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PackageFinder } from './find-package.js';
import { treeHash } from './git/tree-hash.js';
import { readPlan } from './read-plan.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tagged-packages-'));
  write({ 'pkg/app/build.yml': 'image: app\n', 'pkg/app/Dockerfile': 'FROM scratch\n' });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const hash = (folder = 'pkg/app') => treeHash(join(root, folder), 'sha1') as string;
const YAML = 'apps/os/linuxkit.yml';
const tagged = (reference: string, folders?: string[]) =>
  new PackageFinder(root, { packages: { folders } }).tagged(reference, YAML);

test.each([
  ['linuxkit/app', '@pkg:../../pkg/app'],
  ['docker.io/linuxkit/app', '@pkg:../../pkg/app'],
  ['acme/app', undefined],
  ['quay.io/linuxkit/app', undefined],
])('%s with the hash of the files stands for %s', (name, expected) =>
  expect(tagged(`${name}:${hash()}`)).toBe(expected),
);

test('other files than the tag says are no package, and the reference is told which tag they have', () => {
  const before = `linuxkit/app:${hash()}`;
  write({ 'pkg/app/new': '' });
  expect(tagged(before)).toBeUndefined();
  expect(new PackageFinder(root).withTag(before)).toEqual({
    place: 'pkg/app',
    tag: hash(),
    isCurrent: false,
  });
});

test.each(['linuxkit/app', 'linuxkit/app:latest', `linuxkit/app@sha256:${'1'.repeat(64)}`])(
  '%s has no tag of LinuxKit’s',
  (reference) => expect(new PackageFinder(root).withTag(reference)).toBeUndefined(),
);

test('the key `tag` is a template, and a fixed one always matches', () => {
  write({ 'pkg/app/build.yml': 'image: app\ntag: "v1-{{.Hash}}-x"\n' });
  expect(tagged(`linuxkit/app:v1-${hash()}-x`)).toBe('@pkg:../../pkg/app');
  expect(tagged(`linuxkit/app:${hash()}`)).toBeUndefined();
  write({ 'pkg/app/build.yml': 'image: app\ntag: v2\n' });
  expect(tagged('linuxkit/app:v2')).toBe('@pkg:../../pkg/app');
});

test('further sources join as LinuxKit joins them', () => {
  write({ 'pkg/app/build.yml': 'image: app\nextra-sources: ["../../lib:lib"]\n', 'lib/a': 'a' });
  const joined = createHash('sha1')
    .update(`${hash()}${hash('lib')}`)
    .digest('hex');
  expect(tagged(`linuxkit/app:${joined}`)).toBe('@pkg:../../pkg/app');
});

test('packages are looked for in `pkg`, or in the folders of the option', () => {
  write({ 'tools/x/build-alt.yml': 'image: x\n', 'tools/x/Dockerfile': 'FROM scratch\n' });
  const reference = `linuxkit/x:${hash('tools/x')}`;
  expect(tagged(reference)).toBeUndefined();
  expect(tagged(reference, ['tools'])).toBe('@pkg:../../tools/x/build-alt.yml');
});

test('a variant of the same name does not hide its package', () => {
  write({ 'pkg/app/build-dev.yml': 'image: app\n' });
  expect(tagged(`linuxkit/app:${hash()}`)).toBe('@pkg:../../pkg/app');
});

test('a YAML needs no lock for it, and gets the node of the package', () => {
  write({ [YAML]: `init:\n  - linuxkit/app:${hash()}\n` });
  const inputs = readPlan(root, { file: YAML }, {});
  expect(inputs.unlocked('linux/amd64')).toEqual([]);
  const identity = { name: 'os', file: YAML, root: 'apps/os', dist: 'dist/apps/os', platform: 'linux/amd64' };
  expect(inputs.plan(identity).images).toMatchObject([{ id: 'pkg@pkg-app', source: { folder: 'pkg/app' } }]);
  write({ 'pkg/app/new': '' });
  expect(readPlan(root, { file: YAML }, {}).unlocked('linux/amd64')).toHaveLength(1);
});

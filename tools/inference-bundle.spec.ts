import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

const plugin = join(__dirname, '../packages/nx-linuxkit');
const read = (path: string) => readFileSync(join(plugin, path), 'utf8');
const bundle = read('dist/inference/bundle.js');
const { dependencies, peerDependencies } = JSON.parse(read('package.json'));

test('the plugin loads its inference from one file', () => {
  expect(read('dist/inference/create-nodes.js')).toContain("require('./bundle.js')");
  expect(bundle).toContain('// dist/inference/infer-nodes.js');
});

test('the file loads nothing but Node’s own modules and what users install with the plugin', () => {
  const installed = Object.keys({ ...dependencies, ...peerDependencies });
  const loaded = [...bundle.matchAll(/(?:\brequire|\bimport|\bload|\(__filename\))\("([^"]+)"\)/g)].map(
    ([, name]) => name,
  );
  const packages = loaded
    .filter((name) => !isBuiltin(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0]);
  expect(new Set(packages)).toEqual(
    new Set(['ignore', 'minimatch', 'nx', '@nx/devkit', '@nx-linuxkit/spec']),
  );
  expect(installed).toEqual(expect.arrayContaining(packages));
});

test('the licence of each package in the file is beside it', () => {
  const inside = [...bundle.matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(
    ([, name]) => name,
  );
  const licences = read('dist/inference/bundle.js.LICENSES.txt');
  const named = [...licences.matchAll(/^(\S+) \d+\.\d+\.\d+\n\n/gm)].map(([, name]) => name);
  expect(inside.length).toBeGreaterThan(10);
  expect(new Set(named)).toEqual(new Set(inside));
  expect(named.length).toBe(new Set(named).size);
  for (const text of licences.split(`${'-'.repeat(80)}\n`)) expect(text).toMatch(/copyright/i);
});

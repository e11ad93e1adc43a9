import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

let registry: TestRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
  workspace = await Workspace.create({ env: IN_PROCESS });
  workspace.write({
    'apps/one/linuxkit.yml': smallYaml(`${registry.host}/init:1`, { files: ['../../shared/note'] }),
    'shared/note': 'a note',
  });
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

test('the size of a system that was never built is said, and written for later', async () => {
  const { output } = await workspace.succeed('size', 'one', '--outputFile=sizes/one.json');
  expect(output).toMatch(/^one for linux\/amd64: initrd [\d.]+ k?B, /m);
  expect(output).toContain('etc/note (apps/one/linuxkit.yml)');
  const { files, packed } = JSON.parse(workspace.read('sizes/one.json'));
  expect(packed).toBeGreaterThan(0);
  expect(files).toContainEqual({ path: 'etc/note', size: 6, image: 'apps/one/linuxkit.yml' });
});

test('what has changed since is said, by file and by what brings it', async () => {
  workspace.write({ 'shared/note': 'a longer note' });
  const { output } = await workspace.succeed('size', 'one', '--since=sizes/one.json');
  expect(output).toMatch(/^changed: files:\n +\+7 B {2}6 B -> 13 B {2}etc\/note$/m);
});

test('a budget is kept or fails with the image that brings most', async () => {
  await workspace.succeed('size', 'one', '--budget=1GB');
  expectOneError(await workspace.nx('size', 'one', '--budget=0.1kB'), 'expected at most 100:');
});

test.each([
  ['--budget=much', 'cannot read budget "much": expected a size such as 50MB'],
  ['--since=gone.json', 'cannot read gone.json'],
  ['--since=nx.json', 'nx.json is no measurement of a system'],
  ['--budgt=1MB', 'size has no option budgt, did you mean budget?'],
])('%s is refused', async (option, message) => {
  expectOneError(await workspace.nx('size', 'one', option), message);
});

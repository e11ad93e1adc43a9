import { oneSystem, type OneSystem } from './graph/one-system.js';
import { expectOneError } from './workspace/expect-one-error.js';
import type { Workspace } from './workspace/workspace.js';

let system: OneSystem;
let workspace: Workspace;

beforeAll(async () => {
  system = await oneSystem();
  ({ workspace } = system);
});
afterAll(() => system?.stop());

test('the size of a system that was never built is said, and written for later', async () => {
  const { output } = await workspace.succeed('size', 'one', '--outputFile=sizes/one.json');
  expect(output).toMatch(/^one for linux\/amd64: initrd [\d.]+ k?B, /m);
  expect(output).toContain('etc/note (apps/one/linuxkit.yml)');
  const { files, packed } = JSON.parse(workspace.read('sizes/one.json'));
  expect(packed).toBeGreaterThan(0);
  expect(files).toContainEqual(
    expect.objectContaining({ path: 'etc/note', size: 6, image: 'apps/one/linuxkit.yml' }),
  );
});

test('a build of an initrd that was made for the measurement names the command that says more', async () => {
  const { output } = await workspace.succeed('build', 'one');
  expect(output).toMatch(/^initrd: [\d.]+ k?B, unchanged since the build before$/m);
  expect(output).toContain('`nx size one` says what is in it');
});

test('what has changed since is said, by file and by what brings it', async () => {
  workspace.write({ 'shared/note': 'a longer note' });
  const { output } = await workspace.succeed('size', 'one', '--since=sizes/one.json');
  expect(output).toMatch(/^changed: files:\n +\+7 B {2}6 B -> 13 B {2}etc\/note$/m);
});

test('a build that made something says in three lines how large the system is and what has changed', async () => {
  workspace.write({ 'shared/note': 'a note that is much longer than it was, with 0123456789 and more' });
  const { output } = await workspace.succeed('build', 'one');
  expect(output).toMatch(
    /^initrd: [\d.]+ k?B, \+\d+ B since the build before\nmost of it: .+ [\d.]+ k?B, .+\nchanged most: apps\/one\/linuxkit\.yml \+\d+ B$/m,
  );
  const size = await workspace.succeed('size', 'one');
  expect(size.output).toMatch(/^since the build before, which ended at \S+: initrd \+\d+ B$/m);
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

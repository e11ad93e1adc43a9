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

test('a system that was never built has no reason, and the error says what to do', async () => {
  await workspace.succeed('lock', 'one');
  const run = await workspace.nx('why', 'one');
  expectOneError(run, 'the store knows no build of one that made something here');
  expect(run.output).toContain('hint: Run `nx build one`');
});

test('a changed file is named with the tasks that ran for it, and a build out of the cache changes nothing', async () => {
  await workspace.succeed('build', 'one');
  expect((await workspace.succeed('why', 'one')).output).toMatch(/^made: .*initramfs.*tar$/m);
  workspace.write({ 'shared/note': 'another note' });
  await workspace.succeed('build', 'one');
  const { output } = await workspace.succeed('why', 'one', '--outputFile=why.json');
  expect(output).toMatch(/^ +files\/etc\/note: bytes changed -> initramfs, tar$/m);
  const why = JSON.parse(workspace.read('why.json'));
  expect(why.changes).toHaveLength(1);
  expect(why.others).toEqual([]);
  workspace.write({ 'shared/note': 'a note' });
  await workspace.succeed('build', 'one');
  await workspace.succeed('why', 'one', '--outputFile=again.json');
  expect(JSON.parse(workspace.read('again.json'))).toEqual(why);
});

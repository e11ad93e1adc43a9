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

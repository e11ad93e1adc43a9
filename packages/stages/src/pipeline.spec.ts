import { existsSync, rmSync } from 'node:fs';
import { TestWorkspace } from './__tests__/test-workspace.js';
import { Pipeline, identify, parseOsFile, readPlan, type OsFile } from './index.js';

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
});
afterAll(() => workspace.remove());

it('a closed pipeline writes nothing any more, not even for a task that its caller did not await', async () => {
  await workspace.image('init', [[{ name: 'etc/init', body: 'i' }]]);
  await workspace.build('os', 'init: [test/init]', ['tar']);
  const log = () => undefined;
  const environment = workspace.environment();
  const pipeline = new Pipeline(environment);
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const plan = readPlan(workspace.root, os, environment.settings).plan(os);
  const initramfs = workspace.path(plan.nodes, 'initramfs');
  rmSync(initramfs, { recursive: true });
  let over = false;
  void pipeline.makeFormat(plan, 'tar', log).finally(() => (over = true));
  await pipeline.close();
  expect(over).toBe(true);
  expect(existsSync(initramfs)).toBe(true);
});

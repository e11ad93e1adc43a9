import { existsSync, rmSync } from 'node:fs';
import { TestWorkspace } from './__tests__/test-workspace.js';
import { Pipeline, identify, parseOsFile, readPlan, type OsFile } from './index.js';

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
});
afterAll(() => workspace.remove());

it('nothing is written any more when a pipeline is closed, whatever nobody waited for', async () => {
  await workspace.image('init', [[{ name: 'etc/init', body: 'i' }]]);
  await workspace.build('os', 'init: [test/init]', ['tar']);
  const log = () => undefined;
  const pipeline = new Pipeline(workspace.environment());
  const plan = readPlan(workspace.root, 'os/linuxkit.yml', pipeline.environment.settings).plan(
    identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os'),
  );
  const initramfs = workspace.path(plan.nodes, 'initramfs');
  rmSync(initramfs, { recursive: true });
  let over = false;
  void pipeline.initramfs(plan, log).finally(() => (over = true));
  await pipeline.close();
  expect(over).toBe(true);
  expect(existsSync(initramfs)).toBe(true);
});
